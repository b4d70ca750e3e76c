//! `spin:mqtt@3.0.0`: asynchronous.

use super::{Guest, Room, Session, connect};
use crate::answer::Failure;
use atoll_bindings::mqtt::spin::mqtt::mqtt as v3;
use atoll_engine::State;
use wasmtime::component::{Accessor, Resource};

type Answered<T> = wasmtime::Result<Result<T, v3::Error>>;
type Host = Accessor<State, Room>;
type Connection = Resource<v3::Connection>;

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(Into::into))
}

translated!(v3);

impl v3::Host for Guest<'_> {}

impl v3::HostConnection for Guest<'_> {
    async fn drop(&mut self, connection: Connection) -> wasmtime::Result<()> {
        self.close(connection.rep());
        Ok(())
    }
}

impl v3::HostConnectionWithStore<State> for Room {
    async fn open(host: &Host, address: String, username: String, password: String, keep_alive: u64) -> Answered<Connection> {
        let session = Session { address, username, password, keep_alive_seconds: keep_alive };
        let granted = host.with(|mut access| access.get().granted.clone());
        let opened = match connect(&granted, session).await {
            Ok(session) => host.with(|mut access| access.get().opens(session)),
            Err(failure) => Err(failure),
        };
        told(opened.map(Resource::new_own))
    }

    async fn publish(host: &Host, connection: Connection, topic: String, payload: Vec<u8>, qos: v3::Qos) -> Answered<()> {
        let (mqtt, session) = host.with(|mut access| access.get().opened(connection.rep()))?;
        told(mqtt.publish(session, topic, payload, level(qos)).await)
    }
}
