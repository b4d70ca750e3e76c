//! `spin:redis@3.0.0`: asynchronous.

use super::{Guest, Reached, Room, connect};
use crate::answer::Failure;
use atoll_bindings::redis::spin::redis::redis as v3;
use atoll_engine::State;
use wasmtime::component::{Accessor, Resource};

type Answered<T> = wasmtime::Result<Result<T, v3::Error>>;
type Host = Accessor<State, Room>;
type Connection = Resource<v3::Connection>;

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(Into::into))
}

fn opened(host: &Host, connection: &Connection) -> wasmtime::Result<Reached> {
    host.with(|mut access| access.get().opened(connection.rep()))
}

translated!(v3 with errors);

impl v3::Host for Guest<'_> {}

impl v3::HostConnection for Guest<'_> {
    async fn drop(&mut self, connection: Connection) -> wasmtime::Result<()> {
        self.close(connection.rep());
        Ok(())
    }
}

impl v3::HostConnectionWithStore<State> for Room {
    async fn open(host: &Host, address: String) -> Answered<Connection> {
        let granted = host.with(|mut access| access.get().granted.clone());
        let opened = match connect(&granted, &address).await {
            Ok(address) => host.with(|mut access| access.get().opens(address)),
            Err(failure) => Err(failure),
        };
        told(opened.map(Resource::new_own))
    }

    async fn publish(host: &Host, connection: Connection, channel: String, payload: Vec<u8>) -> Answered<()> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.publish(address, channel, payload).await)
    }

    async fn get(host: &Host, connection: Connection, key: String) -> Answered<Option<Vec<u8>>> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.get(address, key).await)
    }

    async fn set(host: &Host, connection: Connection, key: String, value: Vec<u8>) -> Answered<()> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.set(address, key, value).await)
    }

    async fn incr(host: &Host, connection: Connection, key: String) -> Answered<i64> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.incr(address, key).await)
    }

    async fn del(host: &Host, connection: Connection, keys: Vec<String>) -> Answered<u32> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.delete(address, keys).await)
    }

    async fn sadd(host: &Host, connection: Connection, key: String, values: Vec<String>) -> Answered<u32> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.sadd(address, key, values).await)
    }

    async fn smembers(host: &Host, connection: Connection, key: String) -> Answered<Vec<String>> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.smembers(address, key).await)
    }

    async fn srem(host: &Host, connection: Connection, key: String, values: Vec<String>) -> Answered<u32> {
        let (redis, address) = opened(host, &connection)?;
        told(redis.srem(address, key, values).await)
    }

    async fn execute(
        host: &Host,
        connection: Connection,
        command: String,
        arguments: Vec<v3::RedisParameter>,
    ) -> Answered<Vec<v3::RedisResult>> {
        let (redis, address) = opened(host, &connection)?;
        let arguments = arguments.into_iter().map(Into::into).collect();
        told(redis.execute(address, command, arguments).await.map(|replies| replies.into_iter().map(Into::into).collect()))
    }
}
