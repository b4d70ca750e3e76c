//! Redis, to be called at addresses that the component may connect to: `fermyon:spin/redis` in two versions, `spin:redis`.

#[macro_use]
mod values;
mod v1;
mod v2;
mod v3;

pub use values::{Argument, Reply};

use crate::answer::{Answer, Failure};
use crate::outbound::{Grant, Sessions};
use crate::{outbound, rooms};
use atoll_bindings::redis as wit;
use atoll_engine::State;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["fermyon:spin/redis", "fermyon:spin/redis-types", "spin:redis/redis"];

/// Whoever talks to Redis. Each call names the server's address; connections are shared by all calls.
pub trait Redis: Send + Sync {
    /// Connect, so that an address where nobody answers is known at once.
    fn open(&self, address: Arc<str>) -> Answer<()>;
    fn publish(&self, address: Arc<str>, channel: String, payload: Vec<u8>) -> Answer<()>;
    fn get(&self, address: Arc<str>, key: String) -> Answer<Option<Vec<u8>>>;
    fn set(&self, address: Arc<str>, key: String, value: Vec<u8>) -> Answer<()>;
    fn incr(&self, address: Arc<str>, key: String) -> Answer<i64>;
    /// How many keys there were.
    fn delete(&self, address: Arc<str>, keys: Vec<String>) -> Answer<u32>;
    fn sadd(&self, address: Arc<str>, key: String, values: Vec<String>) -> Answer<u32>;
    fn smembers(&self, address: Arc<str>, key: String) -> Answer<Vec<String>>;
    fn srem(&self, address: Arc<str>, key: String, values: Vec<String>) -> Answer<u32>;
    fn execute(&self, address: Arc<str>, command: String, arguments: Vec<Argument>) -> Answer<Vec<Reply>>;
}

/// What one component may do.
pub type Granted = Grant<dyn Redis>;
/// What one call has open: addresses.
pub(crate) type Open = Sessions<Arc<str>>;

/// One host call.
pub(crate) type Guest<'a> = outbound::Guest<'a, dyn Redis, Arc<str>>;

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, asking) = rooms::asking(state);
    Guest::new(&granted.redis, &mut call.redis, asking)
}

pub(crate) fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    wit::fermyon::spin::redis_types::add_to_linker::<_, Room>(linker, guest)?;
    wit::fermyon::spin::redis::add_to_linker::<_, Room>(linker, guest)?;
    wit::fermyon::spin2_0_0::redis::add_to_linker::<_, Room>(linker, guest)?;
    if many_tasks {
        wit::spin::redis::redis::add_to_linker::<_, Room>(linker, guest)?;
    }
    Ok(())
}

/// The backend and an address that this component may connect to.
type Reached = (Arc<dyn Redis>, Arc<str>);

async fn reach(granted: &Granted, address: &str) -> Result<Reached, Failure> {
    if !granted.allows(address, "redis").await {
        return Err(Failure::of("invalid-address"));
    }
    let redis = granted.backend().map_err(|_| Failure::of("invalid-address"))?;
    Ok((redis, address.into()))
}

async fn connect(granted: &Granted, address: &str) -> Result<Arc<str>, Failure> {
    let (redis, address) = reach(granted, address).await?;
    redis.open(address.clone()).await?;
    Ok(address)
}
