//! `connection-builder`, since 4.1: an address and the authority to trust, before there is a connection.

use super::Guest;
use crate::answer::Failure;
use crate::sql::Error;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Builder {
    pub(super) address: Arc<str>,
    pub(super) ca_root: Option<String>,
}

impl Guest<'_> {
    pub(super) fn builds(&mut self, address: String) -> wasmtime::Result<u32> {
        let builder = Builder { address: address.into(), ca_root: None };
        // A constructor has no error to tell.
        self.builders.add(builder).ok_or_else(|| wasmtime::Error::msg("too many connection builders are open"))
    }

    pub(super) fn builder(&self, number: u32) -> wasmtime::Result<Builder> {
        self.builders.get(number).cloned().ok_or_else(|| wasmtime::Error::msg("the connection builder was closed"))
    }

    pub(super) fn ends(&mut self, number: u32) {
        self.builders.remove(number);
    }

    pub(super) async fn trusts(&mut self, number: u32, ca_root: String) -> wasmtime::Result<Result<(), Error>> {
        let postgres = match self.granted.backend() {
            Ok(postgres) => postgres,
            Err(error) => return Ok(Err(Failure::other(error.to_string()).into())),
        };
        let checked = postgres.check_ca_root(ca_root.clone()).await;
        if let (Ok(()), Some(builder)) = (&checked, self.builders.get_mut(number)) {
            builder.ca_root = Some(ca_root);
        }
        Ok(checked)
    }
}

/// The resource `connection-builder` of a version.
macro_rules! builders {
    ($wit:ident) => {
        type Builder = wasmtime::component::Resource<$wit::ConnectionBuilder>;

        impl $wit::HostConnectionBuilder for super::Guest<'_> {
            async fn new(&mut self, address: String) -> wasmtime::Result<Builder> {
                self.builds(address).map(wasmtime::component::Resource::new_own)
            }

            async fn set_ca_root(&mut self, builder: Builder, certificate: String) -> Answered<()> {
                told(self.trusts(builder.rep(), certificate).await?)
            }

            async fn build(&mut self, builder: Builder) -> Answered<Connection> {
                let builder = self.builder(builder.rep())?;
                let built = super::build(self.granted, builder).await;
                let built = built.and_then(|session| Ok(self.opens(session)?));
                told(built.map(wasmtime::component::Resource::new_own))
            }

            async fn drop(&mut self, builder: Builder) -> wasmtime::Result<()> {
                self.ends(builder.rep());
                Ok(())
            }
        }
    };
}
pub(super) use builders;
