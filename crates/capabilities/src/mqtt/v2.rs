//! `fermyon:spin/mqtt@2.0.0`.

use super::{Guest, Session, connect};
use crate::answer::Failure;
use atoll_bindings::mqtt::fermyon::spin::mqtt as v2;
use wasmtime::component::Resource;

type Answered<T> = wasmtime::Result<Result<T, v2::Error>>;
type Connection = Resource<v2::Connection>;

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(Into::into))
}

translated!(v2);

impl v2::Host for Guest<'_> {}

impl v2::HostConnection for Guest<'_> {
    async fn open(&mut self, address: String, username: String, password: String, keep_alive: u64) -> Answered<Connection> {
        let session = Session { address, username, password, keep_alive_seconds: keep_alive };
        let opened = connect(self.granted, session).await.and_then(|session| self.opens(session));
        told(opened.map(Resource::new_own))
    }

    async fn publish(&mut self, connection: Connection, topic: String, payload: Vec<u8>, qos: v2::Qos) -> Answered<()> {
        let (mqtt, session) = self.opened(connection.rep())?;
        told(mqtt.publish(session, topic, payload, level(qos)).await)
    }

    async fn drop(&mut self, connection: Connection) -> wasmtime::Result<()> {
        self.close(connection.rep());
        Ok(())
    }
}
