//! Redis, to be called at addresses that the component may connect to: `fermyon:spin/redis` in two versions, `spin:redis`.

mod v1;
mod v2;
mod v3;

use crate::answer::{Answer, Failure};
use crate::outbound::{Grant, Sessions};
use crate::rooms;
use atoll_bindings::redis as wit;
use atoll_engine::State;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["fermyon:spin/redis", "fermyon:spin/redis-types", "spin:redis/redis"];

/// One argument of a command.
pub enum Argument {
    Number(i64),
    Bytes(Vec<u8>),
}

/// One element of a command's reply.
pub enum Reply {
    Nothing,
    Status(String),
    Number(i64),
    Bytes(Vec<u8>),
}

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

/// What the room says for itself.
fn invalid_address() -> Failure {
    Failure { case: "invalid-address".into(), message: String::new() }
}

fn too_many() -> Failure {
    Failure { case: "too-many-connections".into(), message: String::new() }
}

/// What one component may do.
pub type Granted = Grant<dyn Redis>;
/// What one call has open: addresses.
pub(crate) type Open = Sessions<Arc<str>>;

/// One host call.
pub(crate) struct Guest<'a> {
    granted: &'a Granted,
    open: &'a mut Open,
}

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call) = rooms::of(state);
    Guest { granted: &granted.redis, open: &mut call.redis }
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

impl Guest<'_> {
    /// The first version names the address each time.
    async fn reach(&self, address: &str) -> Result<Reached, Failure> {
        reach(self.granted, address).await
    }

    fn opened(&self, number: u32) -> wasmtime::Result<Reached> {
        Ok((self.granted.backend()?, self.open.get(number)?.clone()))
    }

    fn opens(&mut self, address: Arc<str>) -> Result<u32, Failure> {
        self.open.add(address).ok_or_else(too_many)
    }
}

async fn reach(granted: &Granted, address: &str) -> Result<Reached, Failure> {
    if !granted.allows(address, "redis").await {
        return Err(invalid_address());
    }
    Ok((granted.backend().map_err(|_| invalid_address())?, address.into()))
}

async fn connect(granted: &Granted, address: &str) -> Result<Arc<str>, Failure> {
    let (redis, address) = reach(granted, address).await?;
    redis.open(address.clone()).await?;
    Ok(address)
}
