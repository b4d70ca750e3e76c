//! What the rooms share that call servers by address: the grant, and the connections that a guest has open.

use crate::answer::Failure;
use crate::connections::Permit;
use crate::network;
use crate::quota::Asking;
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

    /// One more connection, counted among those of all kinds. What is refused is said in the log.
    fn permit(&self) -> Option<Permit> {
        self.network.as_ref()?.session()
    }

    pub(crate) fn backend(&self) -> wasmtime::Result<Arc<B>> {
        self.backend.clone().ok_or_else(|| wasmtime::Error::msg("nobody connects to servers of this kind here"))
    }
}

/// The connections that one call has open: each is no more than what it takes to ask for one.
pub(crate) struct Sessions<S>(Table<(S, Permit)>);

impl<S> Default for Sessions<S> {
    fn default() -> Self {
        Self(Table::default())
    }
}

/// One host call of such a room: where the component may connect to, and what the call has open.
pub(crate) struct Guest<'a, B: ?Sized, S> {
    pub(crate) granted: &'a Grant<B>,
    pub(crate) asking: Asking<'a>,
    open: &'a mut Sessions<S>,
}

impl<'a, B: ?Sized, S: Clone> Guest<'a, B, S> {
    pub(crate) fn new(granted: &'a Grant<B>, open: &'a mut Sessions<S>, asking: Asking<'a>) -> Self {
        Self { granted, asking, open }
    }

    pub(crate) fn opens(&mut self, session: S) -> Result<u32, Failure> {
        if !self.asking.may_open(self.open.0.len()) {
            return Err(Failure::of("too-many-connections"));
        }
        let added = self.granted.permit().and_then(|permit| self.open.0.add((session, permit)));
        added.ok_or_else(|| Failure::of("too-many-connections"))
    }

    /// Who is asked once more, and for which session. The number is that of a resource, which the engine does not let a guest make up.
    pub(crate) fn opened(&self, number: u32) -> wasmtime::Result<(Arc<B>, S)> {
        self.asking.once()?;
        let (session, _) = self.open.0.get(number).ok_or_else(|| wasmtime::Error::msg("the connection was closed"))?;
        Ok((self.granted.backend()?, session.clone()))
    }

    pub(crate) fn close(&mut self, number: u32) {
        self.open.0.remove(number);
    }
}
