//! A store within the quotas of the component that opened it, whoever provides it.

use super::store::Store;
use crate::answer::{Answer, Failure, Pages, ready};
use crate::quota::Quota;
use futures::stream;
use std::sync::Arc;

/// So many keys of a batch are asked for at a time: values that are too large together are noticed before the host holds them all.
const TOGETHER: usize = 32;

#[derive(Clone)]
pub(super) struct Bounded {
    pub(super) store: Arc<dyn Store>,
    pub(super) quota: Quota,
}

/// The answer, or why the store is not asked.
fn if_allowed<T: Send + 'static>(allowed: Result<(), Failure>, ask: impl FnOnce() -> Answer<T>) -> Answer<T> {
    match allowed {
        Ok(()) => ask(),
        Err(failure) => ready(Err(failure)),
    }
}

impl Bounded {
    fn allows(&self, key: &str, value: &[u8]) -> Result<(), Failure> {
        self.quota.key(key)?;
        self.quota.value(value.len())
    }
}

impl Store for Bounded {
    fn get(&self, key: String) -> Answer<Option<Vec<u8>>> {
        let (quota, store) = (self.quota.clone(), self.store.clone());
        if_allowed(self.quota.key(&key), || {
            Box::pin(async move {
                let value = store.get(key).await?;
                quota.value(value.as_ref().map_or(0, Vec::len))?;
                Ok(value)
            })
        })
    }

    fn set(&self, key: String, value: Vec<u8>) -> Answer<()> {
        if_allowed(self.allows(&key, &value), || self.store.set(key, value))
    }

    fn delete(&self, key: String) -> Answer<()> {
        if_allowed(self.quota.key(&key), || self.store.delete(key))
    }

    fn exists(&self, key: String) -> Answer<bool> {
        if_allowed(self.quota.key(&key), || self.store.exists(key))
    }

    fn keys(&self) -> Pages<String> {
        match self.quota.call(1) {
            Ok(()) => self.store.keys(),
            Err(failure) => Box::pin(stream::once(async { Err(failure) })),
        }
    }

    fn get_many(&self, keys: Vec<String>) -> Answer<Vec<Option<Vec<u8>>>> {
        let (quota, store) = (self.quota.clone(), self.store.clone());
        if_allowed(self.quota.keys(keys.iter().map(String::as_str)), || {
            Box::pin(async move {
                let (mut values, mut bytes) = (Vec::with_capacity(keys.len()), 0);
                for some in keys.chunks(TOGETHER) {
                    let found = store.get_many(some.to_vec()).await?;
                    bytes += found.iter().flatten().map(Vec::len).sum::<usize>();
                    quota.value(bytes)?;
                    values.extend(found);
                }
                Ok(values)
            })
        })
    }

    fn set_many(&self, items: Vec<(String, Vec<u8>)>) -> Answer<()> {
        let bytes = items.iter().map(|(_, value)| value.len()).sum();
        let allowed = self.quota.keys(items.iter().map(|(key, _)| key.as_str())).and_then(|()| self.quota.value(bytes));
        if_allowed(allowed, || self.store.set_many(items))
    }

    fn delete_many(&self, keys: Vec<String>) -> Answer<()> {
        if_allowed(self.quota.keys(keys.iter().map(String::as_str)), || self.store.delete_many(keys))
    }

    fn increment(&self, key: String, delta: i64) -> Answer<i64> {
        if_allowed(self.quota.key(&key), || self.store.increment(key, delta))
    }

    fn swap(&self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<bool> {
        if_allowed(self.allows(&key, &value), || self.store.swap(key, expected, value))
    }
}
