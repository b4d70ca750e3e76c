//! `fermyon:spin/key-value`, the first version: handles are numbers, and a key that is not there is an error.

use super::{Error, Guest, MOST_BUFFERED, Store};
use crate::answer::Answer;
use crate::stream::collect;
use atoll_bindings::key_value::fermyon::spin::key_value as v1;

impl From<Error> for v1::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::TableFull => Self::StoreTableFull,
            Error::AccessDenied => Self::AccessDenied,
            Error::NoSuchStore => Self::NoSuchStore,
            Error::InvalidStore => Self::InvalidStore,
            Error::NoSuchKey => Self::NoSuchKey,
            Error::Other(message) => Self::Io(message),
        }
    }
}

type Answered<T> = wasmtime::Result<Result<T, v1::Error>>;

impl Guest<'_> {
    async fn ask<T>(&self, store: u32, ask: impl FnOnce(&dyn Store) -> Answer<T> + Send) -> Result<T, Error> {
        Ok(ask(&*self.store(store)?).await?)
    }
}

fn told<T>(answered: Result<T, Error>) -> Answered<T> {
    Ok(answered.map_err(Into::into))
}

impl v1::Host for Guest<'_> {
    async fn open(&mut self, name: String) -> Answered<u32> {
        told(Guest::open(self, &name))
    }

    async fn get(&mut self, store: u32, key: String) -> Answered<Vec<u8>> {
        let got = self.ask(store, |store| store.get(key)).await;
        told(got.and_then(|value| value.ok_or(Error::NoSuchKey)))
    }

    async fn set(&mut self, store: u32, key: String, value: Vec<u8>) -> Answered<()> {
        told(self.ask(store, |store| store.set(key, value)).await)
    }

    async fn delete(&mut self, store: u32, key: String) -> Answered<()> {
        told(self.ask(store, |store| store.delete(key)).await)
    }

    async fn exists(&mut self, store: u32, key: String) -> Answered<bool> {
        told(self.ask(store, |store| store.exists(key)).await)
    }

    async fn get_keys(&mut self, store: u32) -> Answered<Vec<String>> {
        told(self.ask(store, |store| Box::pin(collect(store.keys(), MOST_BUFFERED, String::len))).await)
    }

    fn close(&mut self, store: u32) -> wasmtime::Result<()> {
        Guest::close(self, store);
        Ok(())
    }
}
