//! `fermyon:spin/redis`, the first version: no connections, and an error that says no more than that there was one.

use super::{Guest, Redis, reach};
use crate::answer::{Answer, Failure};
use atoll_bindings::redis::fermyon::spin::{redis as v1, redis_types as types};
use std::sync::Arc;

type Answered<T> = wasmtime::Result<Result<T, types::Error>>;

impl Guest<'_> {
    /// This version names the address each time.
    async fn ask<T>(&self, address: String, ask: impl FnOnce(&dyn Redis, Arc<str>) -> Answer<T> + Send) -> Result<T, Failure> {
        self.asking.call(1)?;
        let (redis, address) = reach(self.granted, &address).await?;
        ask(&*redis, address).await
    }
}

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(|_| types::Error::Error))
}

translated!(types);

impl types::Host for Guest<'_> {}

impl v1::Host for Guest<'_> {
    async fn publish(&mut self, address: String, channel: String, payload: Vec<u8>) -> Answered<()> {
        told(self.ask(address, |redis, address| redis.publish(address, channel, payload)).await)
    }

    /// A key that is not there has an empty value.
    async fn get(&mut self, address: String, key: String) -> Answered<Vec<u8>> {
        told(self.ask(address, |redis, address| redis.get(address, key)).await.map(Option::unwrap_or_default))
    }

    async fn set(&mut self, address: String, key: String, value: Vec<u8>) -> Answered<()> {
        told(self.ask(address, |redis, address| redis.set(address, key, value)).await)
    }

    async fn incr(&mut self, address: String, key: String) -> Answered<i64> {
        told(self.ask(address, |redis, address| redis.incr(address, key)).await)
    }

    async fn del(&mut self, address: String, keys: Vec<String>) -> Answered<i64> {
        told(self.ask(address, |redis, address| redis.delete(address, keys)).await.map(i64::from))
    }

    async fn sadd(&mut self, address: String, key: String, values: Vec<String>) -> Answered<i64> {
        told(self.ask(address, |redis, address| redis.sadd(address, key, values)).await.map(i64::from))
    }

    async fn smembers(&mut self, address: String, key: String) -> Answered<Vec<String>> {
        told(self.ask(address, |redis, address| redis.smembers(address, key)).await)
    }

    async fn srem(&mut self, address: String, key: String, values: Vec<String>) -> Answered<i64> {
        told(self.ask(address, |redis, address| redis.srem(address, key, values)).await.map(i64::from))
    }

    async fn execute(
        &mut self,
        address: String,
        command: String,
        arguments: Vec<types::RedisParameter>,
    ) -> Answered<Vec<types::RedisResult>> {
        let arguments = arguments.into_iter().map(Into::into).collect();
        told(
            self.ask(address, |redis, address| redis.execute(address, command, arguments))
                .await
                .map(|replies| replies.into_iter().map(Into::into).collect()),
        )
    }
}
