//! What the rooms share that call servers by address: the grant, and the connections that a guest has open.

use crate::network;
use crate::table::Table;
use std::sync::Arc;

/// Where one component may connect to, and who connects for it.
pub struct Grant<B: ?Sized> {
    network: Option<Arc<network::Granted>>,
    backend: Option<Arc<B>>,
}

/// Nobody connects.
impl<B: ?Sized> Default for Grant<B> {
    fn default() -> Self {
        Self { network: None, backend: None }
    }
}

impl<B: ?Sized> Clone for Grant<B> {
    fn clone(&self) -> Self {
        Self { network: self.network.clone(), backend: self.backend.clone() }
    }
}

impl<B: ?Sized> Grant<B> {
    pub(crate) fn new(network: Arc<network::Granted>, backend: Option<Arc<B>>) -> Self {
        Self { network: Some(network), backend }
    }

    /// May the component connect to this address? What is refused is said in its log.
    pub(crate) async fn allows(&self, address: &str, scheme: &'static str) -> bool {
        match &self.network {
            Some(network) => network.allows_address(address, scheme).await,
            None => false,
        }
    }

    pub(crate) fn backend(&self) -> wasmtime::Result<Arc<B>> {
        self.backend.clone().ok_or_else(|| wasmtime::Error::msg("nobody connects to servers of this kind here"))
    }
}

/// The connections that one call has open: each is no more than what it takes to ask for one.
pub(crate) struct Sessions<T>(Table<T>);

impl<T> Default for Sessions<T> {
    fn default() -> Self {
        Self(Table::default())
    }
}

impl<T> Sessions<T> {
    pub(crate) fn add(&mut self, session: T) -> Option<u32> {
        self.0.add(session)
    }

    /// Of a resource, which the engine does not let a guest make up.
    pub(crate) fn get(&self, number: u32) -> wasmtime::Result<&T> {
        self.0.get(number).ok_or_else(|| wasmtime::Error::msg("the connection was closed"))
    }

    pub(crate) fn close(&mut self, number: u32) {
        self.0.remove(number);
    }
}
