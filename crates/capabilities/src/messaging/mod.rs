//! Messages to topics of brokers that the component names by label: `wasi:messaging`, and the same under wasmCloud's name.

mod grant;
mod held;
mod versions;

pub use grant::{Granted, read};

use crate::answer::{Answer, Failure};
use crate::quota::Asking;
use crate::rooms;
use crate::table::Table;
use atoll_bindings::messaging as wit;
use atoll_engine::State;
use grant::Access;
use held::Held;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &[
    "wasi:messaging/types",
    "wasi:messaging/producer",
    "wasi:messaging/request-reply",
    "wasmcloud:messaging/types",
    "wasmcloud:messaging/producer",
    "wasmcloud:messaging/request-reply",
];

/// Replies that a request waits for at most: as many messages as can be open.
const MOST_REPLIES: u32 = 256;

/// What is sent, and what comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub data: Vec<u8>,
    pub content_type: Option<String>,
    /// By key, each once.
    pub metadata: Vec<(String, String)>,
    /// Where it came from; none for what a guest made.
    pub topic: Option<String>,
}

impl Message {
    fn size(&self) -> usize {
        let texts = self.metadata.iter().map(|(key, value)| key.len() + value.len());
        self.data.len() + texts.sum::<usize>() + self.content_type.as_ref().map_or(0, String::len)
    }
}

/// How a request waits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    /// Without it, as long as the broker's own timeout.
    pub timeout_ms: Option<u32>,
    pub replies: Option<u32>,
}

/// Whoever carries messages. It is shared by all calls of all components that it was granted to.
pub trait Broker: Send + Sync {
    /// Answered once the broker has the message.
    fn send(&self, topic: String, message: Message) -> Answer<()>;

    /// The first `replies` that come within `timeout_ms`; a failure where none does.
    fn request(&self, topic: String, message: Message, timeout_ms: Option<u32>, replies: u32) -> Answer<Vec<Message>>;
}

/// The brokers of an app, by label.
pub type Brokers = BTreeMap<String, Arc<dyn Broker>>;

/// What one call has open.
#[derive(Default)]
pub(crate) struct Open {
    /// Without access where the guest has disconnected.
    clients: Table<Option<Access>>,
    messages: Held,
    waitings: Table<Waiting>,
}

/// One host call.
pub(crate) struct Guest<'a> {
    granted: &'a Granted,
    open: &'a mut Open,
    asking: Asking<'a>,
}

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, asking) = rooms::asking(state);
    Guest { granted: &granted.messaging, open: &mut call.messaging, asking }
}

pub(crate) fn link(linker: &mut Linker<State>, _many_tasks: bool) -> wasmtime::Result<()> {
    wit::wasi::messaging::types::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasi::messaging::producer::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasi::messaging::request_reply::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasmcloud::messaging::types::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasmcloud::messaging::producer::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasmcloud::messaging::request_reply::add_to_linker::<_, Room>(linker, guest)
}

impl Guest<'_> {
    fn connect(&mut self, label: &str) -> Result<u32, Failure> {
        let access = self.granted.access(label)?;
        self.open.clients.add(Some(access)).ok_or_else(|| Failure::other("too many clients are open"))
    }

    fn disconnect(&mut self, client: u32) {
        if let Some(access) = self.open.clients.get_mut(client) {
            *access = None;
        }
    }

    /// Who carries a message to this topic.
    fn reached(&self, client: u32, topic: &str) -> Result<Arc<dyn Broker>, Failure> {
        self.asking.call(1)?;
        match self.open.clients.get(client) {
            Some(Some(access)) => access.to(topic),
            _ => Err(Failure { case: "connection".into(), message: "the client is disconnected".into() }),
        }
    }

    /// What a request comes back with, as messages of this call.
    fn received(&mut self, replies: Vec<Message>) -> wasmtime::Result<Vec<u32>> {
        replies.into_iter().map(|reply| self.open.messages.add(reply)).collect()
    }
}

async fn request(broker: Arc<dyn Broker>, topic: String, message: Message, wait: Waiting) -> Result<Vec<Message>, Failure> {
    let wanted = wait.replies.unwrap_or(1).clamp(1, MOST_REPLIES);
    let mut replies = broker.request(topic, message, wait.timeout_ms, wanted).await?;
    replies.truncate(wanted as usize);
    Ok(replies)
}
