//! `fermyon:spin/key-value@2.0.0`.

use super::{Error, Guest, MOST_BUFFERED};
use crate::stream::collect;
use atoll_bindings::key_value::fermyon::spin2_0_0::key_value as v2;
use wasmtime::component::Resource;

translated!(v2);

type Answered<T> = wasmtime::Result<Result<T, v2::Error>>;

fn told<T>(answered: Result<T, crate::answer::Failure>) -> Answered<T> {
    Ok(answered.map_err(|failure| Error::from(failure).into()))
}

impl v2::Host for Guest<'_> {}

impl v2::HostStore for Guest<'_> {
    async fn open(&mut self, label: String) -> Answered<Resource<v2::Store>> {
        Ok(Guest::open(self, &label).map(Resource::new_own).map_err(Into::into))
    }

    async fn get(&mut self, store: Resource<v2::Store>, key: String) -> Answered<Option<Vec<u8>>> {
        told(self.held(store.rep())?.get(key).await)
    }

    async fn set(&mut self, store: Resource<v2::Store>, key: String, value: Vec<u8>) -> Answered<()> {
        told(self.held(store.rep())?.set(key, value).await)
    }

    async fn delete(&mut self, store: Resource<v2::Store>, key: String) -> Answered<()> {
        told(self.held(store.rep())?.delete(key).await)
    }

    async fn exists(&mut self, store: Resource<v2::Store>, key: String) -> Answered<bool> {
        told(self.held(store.rep())?.exists(key).await)
    }

    async fn get_keys(&mut self, store: Resource<v2::Store>) -> Answered<Vec<String>> {
        told(collect(self.held(store.rep())?.keys(), MOST_BUFFERED, String::len).await)
    }

    async fn drop(&mut self, store: Resource<v2::Store>) -> wasmtime::Result<()> {
        self.close(store.rep());
        Ok(())
    }
}
