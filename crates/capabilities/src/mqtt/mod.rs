//! MQTT, to publish at brokers that the component may connect to: `fermyon:spin/mqtt@2.0.0`, `spin:mqtt`.

#[macro_use]
mod translated;
mod v2;
mod v3;

use crate::answer::{Answer, Failure};
use crate::outbound::{Grant, Sessions};
use crate::{outbound, rooms};
use atoll_bindings::mqtt as wit;
use atoll_engine::State;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["fermyon:spin/mqtt", "spin:mqtt/mqtt"];

/// What a guest connects with. Whoever says the same is served by the same connections.
#[derive(Clone)]
pub struct Session {
    pub address: String,
    pub username: String,
    pub password: String,
    pub keep_alive_seconds: u64,
}

/// Whoever talks to brokers.
pub trait Mqtt: Send + Sync {
    /// Connect, so that a broker that does not answer, or refuses, is known at once.
    fn open(&self, session: Arc<Session>) -> Answer<()>;

    /// Answered once the broker has acknowledged what it does acknowledge: `qos` is 0, 1 or 2.
    fn publish(&self, session: Arc<Session>, topic: String, payload: Vec<u8>, qos: u8) -> Answer<()>;
}

/// What one component may do.
pub type Granted = Grant<dyn Mqtt>;
pub(crate) type Open = Sessions<Arc<Session>>;

/// One host call.
pub(crate) type Guest<'a> = outbound::Guest<'a, dyn Mqtt, Arc<Session>>;

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, asking) = rooms::asking(state);
    Guest::new(&granted.mqtt, &mut call.mqtt, asking)
}

pub(crate) fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    wit::fermyon::spin::mqtt::add_to_linker::<_, Room>(linker, guest)?;
    if many_tasks {
        wit::spin::mqtt::mqtt::add_to_linker::<_, Room>(linker, guest)?;
    }
    Ok(())
}

async fn connect(granted: &Granted, session: Session) -> Result<Arc<Session>, Failure> {
    if !granted.allows(&session.address, "mqtt").await {
        // Spin's words.
        let message = format!("address {} is not permitted", session.address);
        return Err(Failure { case: "connection-failed".into(), message });
    }
    let mqtt = granted.backend().map_err(|error| Failure::other(error.to_string()))?;
    let session = Arc::new(session);
    mqtt.open(session.clone()).await?;
    Ok(session)
}
