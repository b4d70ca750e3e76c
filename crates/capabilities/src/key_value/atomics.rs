//! `wasi:keyvalue/atomics@0.2.0-draft2`: counters, and values that change only if nobody else changed them.

use super::store::Store;
use super::wasi::told;
use super::{Error, Guest};
use crate::answer::Failure;
use atoll_bindings::key_value::wasi::keyvalue::{atomics, store as wasi};
use std::sync::Arc;
use wasmtime::component::Resource;

/// What a guest saw, and will have swapped only if it is still there.
#[derive(Clone)]
pub(super) struct Seen {
    store: Arc<dyn Store>,
    key: String,
    value: Option<Vec<u8>>,
}

type Cas = Resource<atomics::Cas>;
type Bucket = Resource<wasi::Bucket>;

impl Guest<'_> {
    /// Look at the key's value as it is now.
    async fn look(&mut self, store: Arc<dyn Store>, key: String) -> Result<Cas, wasi::Error> {
        let value = store.get(key.clone()).await.map_err(|failure| wasi::Error::from(Error::from(failure)))?;
        self.open.swaps.add(Seen { store, key, value }).map(Resource::new_own).ok_or_else(|| Error::TableFull.into())
    }

    fn seen(&self, cas: &Cas) -> wasmtime::Result<Seen> {
        self.open.swaps.get(cas.rep()).cloned().ok_or_else(|| wasmtime::Error::msg("the handle was closed"))
    }
}

impl atomics::HostCas for Guest<'_> {
    async fn new(&mut self, bucket: Bucket, key: String) -> wasmtime::Result<Result<Cas, wasi::Error>> {
        let store = self.held(bucket.rep())?;
        Ok(self.look(store, key).await)
    }

    async fn current(&mut self, cas: Cas) -> wasmtime::Result<Result<Option<Vec<u8>>, wasi::Error>> {
        Ok(Ok(self.seen(&cas)?.value))
    }

    async fn drop(&mut self, cas: Cas) -> wasmtime::Result<()> {
        self.open.swaps.remove(cas.rep());
        Ok(())
    }
}

impl atomics::Host for Guest<'_> {
    async fn increment(&mut self, bucket: Bucket, key: String, delta: i64) -> wasmtime::Result<Result<i64, wasi::Error>> {
        told(self.held(bucket.rep())?.increment(key, delta).await)
    }

    async fn swap(&mut self, cas: Cas, value: Vec<u8>) -> wasmtime::Result<Result<(), atomics::CasError>> {
        let seen = self.seen(&cas)?;
        self.open.swaps.remove(cas.rep());
        let swapped = seen.store.swap(seen.key.clone(), seen.value, value).await;
        Ok(match swapped {
            Ok(true) => Ok(()),
            Ok(false) => Err(match self.look(seen.store, seen.key).await {
                Ok(now) => atomics::CasError::CasFailed(now),
                Err(error) => atomics::CasError::StoreError(error),
            }),
            Err(failure) => Err(atomics::CasError::StoreError(store_error(failure))),
        })
    }
}

fn store_error(failure: Failure) -> wasi::Error {
    Error::from(failure).into()
}
