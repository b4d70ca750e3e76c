//! `fermyon:spin/redis`, the first version: no connections, and an error that says no more than that there was one.

use super::{Argument, Guest, Reply};
use crate::answer::Failure;
use atoll_bindings::redis::fermyon::spin::{redis as v1, redis_types as types};

type Answered<T> = wasmtime::Result<Result<T, types::Error>>;

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(|_| types::Error::Error))
}

impl types::Host for Guest<'_> {}

impl v1::Host for Guest<'_> {
    async fn publish(&mut self, address: String, channel: String, payload: Vec<u8>) -> Answered<()> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.publish(address, channel, payload).await
        };
        told(answered.await)
    }

    /// A key that is not there has an empty value.
    async fn get(&mut self, address: String, key: String) -> Answered<Vec<u8>> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.get(address, key).await
        };
        told(answered.await.map(Option::unwrap_or_default))
    }

    async fn set(&mut self, address: String, key: String, value: Vec<u8>) -> Answered<()> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.set(address, key, value).await
        };
        told(answered.await)
    }

    async fn incr(&mut self, address: String, key: String) -> Answered<i64> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.incr(address, key).await
        };
        told(answered.await)
    }

    async fn del(&mut self, address: String, keys: Vec<String>) -> Answered<i64> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.delete(address, keys).await
        };
        told(answered.await.map(i64::from))
    }

    async fn sadd(&mut self, address: String, key: String, values: Vec<String>) -> Answered<i64> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.sadd(address, key, values).await
        };
        told(answered.await.map(i64::from))
    }

    async fn smembers(&mut self, address: String, key: String) -> Answered<Vec<String>> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.smembers(address, key).await
        };
        told(answered.await)
    }

    async fn srem(&mut self, address: String, key: String, values: Vec<String>) -> Answered<i64> {
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.srem(address, key, values).await
        };
        told(answered.await.map(i64::from))
    }

    async fn execute(
        &mut self,
        address: String,
        command: String,
        arguments: Vec<types::RedisParameter>,
    ) -> Answered<Vec<types::RedisResult>> {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let answered = async {
            let (redis, address) = self.reach(&address).await?;
            redis.execute(address, command, arguments).await
        };
        told(answered.await.map(|replies| replies.into_iter().map(Into::into).collect()))
    }
}

impl From<types::RedisParameter> for Argument {
    fn from(parameter: types::RedisParameter) -> Self {
        match parameter {
            types::RedisParameter::Int64(number) => Self::Number(number),
            types::RedisParameter::Binary(bytes) => Self::Bytes(bytes),
        }
    }
}

impl From<Reply> for types::RedisResult {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Nothing => Self::Nil,
            Reply::Status(status) => Self::Status(status),
            Reply::Number(number) => Self::Int64(number),
            Reply::Bytes(bytes) => Self::Binary(bytes),
        }
    }
}
