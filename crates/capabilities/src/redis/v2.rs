//! `fermyon:spin/redis@2.0.0`.

use super::{Guest, connect};
use crate::answer::Failure;
use atoll_bindings::redis::fermyon::spin2_0_0::redis as v2;
use wasmtime::component::Resource;

type Answered<T> = wasmtime::Result<Result<T, v2::Error>>;
type Connection = Resource<v2::Connection>;

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(Into::into))
}

translated!(v2 with errors);

impl v2::Host for Guest<'_> {}

impl v2::HostConnection for Guest<'_> {
    async fn open(&mut self, address: String) -> Answered<Connection> {
        let opened = connect(self.granted, &address).await.and_then(|address| self.opens(address));
        told(opened.map(Resource::new_own))
    }

    async fn publish(&mut self, connection: Connection, channel: String, payload: Vec<u8>) -> Answered<()> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.publish(address, channel, payload).await)
    }

    async fn get(&mut self, connection: Connection, key: String) -> Answered<Option<Vec<u8>>> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.get(address, key).await)
    }

    async fn set(&mut self, connection: Connection, key: String, value: Vec<u8>) -> Answered<()> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.set(address, key, value).await)
    }

    async fn incr(&mut self, connection: Connection, key: String) -> Answered<i64> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.incr(address, key).await)
    }

    async fn del(&mut self, connection: Connection, keys: Vec<String>) -> Answered<u32> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.delete(address, keys).await)
    }

    async fn sadd(&mut self, connection: Connection, key: String, values: Vec<String>) -> Answered<u32> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.sadd(address, key, values).await)
    }

    async fn smembers(&mut self, connection: Connection, key: String) -> Answered<Vec<String>> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.smembers(address, key).await)
    }

    async fn srem(&mut self, connection: Connection, key: String, values: Vec<String>) -> Answered<u32> {
        let (redis, address) = self.opened(connection.rep())?;
        told(redis.srem(address, key, values).await)
    }

    async fn execute(
        &mut self,
        connection: Connection,
        command: String,
        arguments: Vec<v2::RedisParameter>,
    ) -> Answered<Vec<v2::RedisResult>> {
        let (redis, address) = self.opened(connection.rep())?;
        let arguments = arguments.into_iter().map(Into::into).collect();
        told(redis.execute(address, command, arguments).await.map(|replies| replies.into_iter().map(Into::into).collect()))
    }

    async fn drop(&mut self, connection: Connection) -> wasmtime::Result<()> {
        self.close(connection.rep());
        Ok(())
    }
}
