//! `spin:key-value@3.0.0`: asynchronous, and keys come as a stream.

use super::store::Store;
use super::{Error, Guest, KeyValue};
use crate::answer::Failure;
use crate::stream::{Ended, Produced};
use atoll_bindings::key_value::spin::key_value::key_value as v3;
use atoll_engine::State;
use std::sync::Arc;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

translated!(v3);

type Answered<T> = wasmtime::Result<Result<T, v3::Error>>;
type Host = Accessor<State, KeyValue>;
type Keys = (StreamReader<String>, FutureReader<Result<(), v3::Error>>);

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(|failure| Error::from(failure).into()))
}

/// How the keys ended; the sender is gone where nothing failed.
async fn told_later(ended: Ended) -> Answered<()> {
    told(ended.await.map_or(Ok(()), Err))
}

fn held(host: &Host, store: &Resource<v3::Store>) -> wasmtime::Result<Arc<dyn Store>> {
    host.with(|mut access| access.get().held(store.rep()))
}

impl v3::Host for Guest<'_> {}

impl v3::HostStore for Guest<'_> {
    async fn drop(&mut self, store: Resource<v3::Store>) -> wasmtime::Result<()> {
        self.close(store.rep());
        Ok(())
    }
}

impl v3::HostStoreWithStore<State> for KeyValue {
    async fn open(host: &Host, label: String) -> Answered<Resource<v3::Store>> {
        Ok(host.with(|mut access| access.get().open(&label)).map(Resource::new_own).map_err(Into::into))
    }

    async fn get(host: &Host, store: Resource<v3::Store>, key: String) -> Answered<Option<Vec<u8>>> {
        told(held(host, &store)?.get(key).await)
    }

    async fn set(host: &Host, store: Resource<v3::Store>, key: String, value: Vec<u8>) -> Answered<()> {
        told(held(host, &store)?.set(key, value).await)
    }

    async fn delete(host: &Host, store: Resource<v3::Store>, key: String) -> Answered<()> {
        told(held(host, &store)?.delete(key).await)
    }

    async fn exists(host: &Host, store: Resource<v3::Store>, key: String) -> Answered<bool> {
        told(held(host, &store)?.exists(key).await)
    }

    async fn get_keys(host: &Host, store: Resource<v3::Store>) -> wasmtime::Result<Keys> {
        let (produced, ended) = Produced::new(held(host, &store)?.keys());
        host.with(|mut access| {
            let keys = StreamReader::new(&mut access, produced)?;
            let how = FutureReader::new(&mut access, told_later(ended))?;
            Ok((keys, how))
        })
    }
}
