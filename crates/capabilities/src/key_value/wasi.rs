//! `wasi:keyvalue@0.2.0-draft2`: stores and batches.

use super::{Error, Guest, MOST_BUFFERED};
use crate::answer::Failure;
use crate::stream::collect;
use atoll_bindings::key_value::wasi::keyvalue::{batch, store as wasi};
use wasmtime::component::Resource;

impl From<Error> for wasi::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::TableFull => Self::Other("too many stores are open".into()),
            Error::AccessDenied => Self::AccessDenied,
            Error::NoSuchStore | Error::InvalidStore | Error::NoSuchKey => Self::NoSuchStore,
            Error::Other(message) => Self::Other(message),
        }
    }
}

type Answered<T> = wasmtime::Result<Result<T, wasi::Error>>;
type Bucket = Resource<wasi::Bucket>;

pub(super) fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(|failure| Error::from(failure).into()))
}

impl wasi::Host for Guest<'_> {
    async fn open(&mut self, identifier: String) -> Answered<Bucket> {
        Ok(Guest::open(self, &identifier).map(Resource::new_own).map_err(Into::into))
    }
}

impl wasi::HostBucket for Guest<'_> {
    async fn get(&mut self, bucket: Bucket, key: String) -> Answered<Option<Vec<u8>>> {
        told(self.held(bucket.rep())?.get(key).await)
    }

    async fn set(&mut self, bucket: Bucket, key: String, value: Vec<u8>) -> Answered<()> {
        told(self.held(bucket.rep())?.set(key, value).await)
    }

    async fn delete(&mut self, bucket: Bucket, key: String) -> Answered<()> {
        told(self.held(bucket.rep())?.delete(key).await)
    }

    async fn exists(&mut self, bucket: Bucket, key: String) -> Answered<bool> {
        told(self.held(bucket.rep())?.exists(key).await)
    }

    async fn list_keys(&mut self, bucket: Bucket, cursor: Option<String>) -> Answered<wasi::KeyResponse> {
        if cursor.is_some() {
            return Ok(Err(wasi::Error::Other("the first answer has all keys, and no cursor".into())));
        }
        let keys = collect(self.held(bucket.rep())?.keys(), MOST_BUFFERED, String::len).await;
        told(keys.map(|keys| wasi::KeyResponse { keys, cursor: None }))
    }

    async fn drop(&mut self, bucket: Bucket) -> wasmtime::Result<()> {
        self.close(bucket.rep());
        Ok(())
    }
}

impl batch::Host for Guest<'_> {
    async fn get_many(&mut self, bucket: Bucket, keys: Vec<String>) -> Answered<Vec<(String, Option<Vec<u8>>)>> {
        let values = self.held(bucket.rep())?.get_many(keys.clone()).await;
        told(values.map(|values| keys.into_iter().zip(values).collect()))
    }

    async fn set_many(&mut self, bucket: Bucket, items: Vec<(String, Vec<u8>)>) -> Answered<()> {
        told(self.held(bucket.rep())?.set_many(items).await)
    }

    async fn delete_many(&mut self, bucket: Bucket, keys: Vec<String>) -> Answered<()> {
        told(self.held(bucket.rep())?.delete_many(keys).await)
    }
}
