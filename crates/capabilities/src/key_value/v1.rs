//! `fermyon:spin/key-value`, the first version: handles are numbers, and a key that is not there is an error.

use super::{Error, Guest, MOST_BUFFERED};
use crate::stream::collect;
use atoll_bindings::key_value::fermyon::spin::key_value as v1;

impl From<Error> for v1::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::TableFull => Self::StoreTableFull,
            Error::AccessDenied => Self::AccessDenied,
            Error::InvalidStore => Self::InvalidStore,
            Error::NoSuchKey => Self::NoSuchKey,
            Error::Provider(failure) => match failure.case.as_str() {
                "no-such-store" => Self::NoSuchStore,
                "access-denied" => Self::AccessDenied,
                _ => Self::Io(failure.message),
            },
        }
    }
}

type Answered<T> = wasmtime::Result<Result<T, v1::Error>>;

impl v1::Host for Guest<'_> {
    async fn open(&mut self, name: String) -> Answered<u32> {
        Ok(Guest::open(self, &name).map_err(Into::into))
    }

    async fn get(&mut self, store: u32, key: String) -> Answered<Vec<u8>> {
        let got = async { self.store(store)?.get(key).await?.ok_or(Error::NoSuchKey) };
        Ok(got.await.map_err(Into::into))
    }

    async fn set(&mut self, store: u32, key: String, value: Vec<u8>) -> Answered<()> {
        let set = async { Ok::<_, Error>(self.store(store)?.set(key, value).await?) };
        Ok(set.await.map_err(Into::into))
    }

    async fn delete(&mut self, store: u32, key: String) -> Answered<()> {
        let deleted = async { Ok::<_, Error>(self.store(store)?.delete(key).await?) };
        Ok(deleted.await.map_err(Into::into))
    }

    async fn exists(&mut self, store: u32, key: String) -> Answered<bool> {
        let exists = async { Ok::<_, Error>(self.store(store)?.exists(key).await?) };
        Ok(exists.await.map_err(Into::into))
    }

    async fn get_keys(&mut self, store: u32) -> Answered<Vec<String>> {
        let keys = async { Ok::<_, Error>(collect(self.store(store)?.keys(), MOST_BUFFERED, String::len).await?) };
        Ok(keys.await.map_err(Into::into))
    }

    fn close(&mut self, store: u32) -> wasmtime::Result<()> {
        Guest::close(self, store);
        Ok(())
    }
}
