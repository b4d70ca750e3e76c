//! What every provider of an SQL database does.

use super::{Error, Kind, Row, Value};
use crate::answer;
use crate::outbound::Grant;
use std::fmt;
use std::sync::Arc;

pub type Answer<T> = answer::Answer<T, Error>;
pub type Pages<T> = answer::Pages<T, Error>;

/// A result that is held at once, in bytes; Spin's bound.
pub(crate) const MOST_BUFFERED: usize = 128 << 20;

/// Where a connection may lead.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
}

impl Endpoint {
    /// A name or an address: nothing that could be read in two ways once it stands in a URL.
    fn is_plain(&self) -> bool {
        let mut bytes = self.host.bytes();
        !self.host.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Whoever connects to servers of one kind.
pub trait Servers: Send + Sync {
    /// Where a connection to this address may lead, and nowhere else: it is what the grant is asked for.
    fn endpoints(&self, address: Arc<str>) -> Answer<Vec<Endpoint>>;

    fn open(&self, address: Arc<str>) -> Answer<Session>;
}

/// One session with a server: a guest's own until it is dropped, which gives it back.
pub trait Connection: Send + Sync {
    /// A result of more than `most` bytes is a failure.
    fn query(&self, statement: String, parameters: Vec<Value>, most: usize) -> Answer<RowSet>;

    /// Answered once the columns are known; `most` bytes are kept if the connection is needed before the rows are read.
    fn stream(&self, statement: String, parameters: Vec<Value>, most: usize) -> Answer<Streamed>;

    /// How many rows the statement touched.
    fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<u64>;
}

/// What a guest has open.
pub(crate) type Session = Arc<dyn Connection>;

#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// The server's own name of the type.
    pub type_name: String,
}

/// A whole result.
pub struct RowSet {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// A result on its way. Whoever drops it reads no further.
pub struct Streamed {
    pub columns: Vec<Column>,
    pub rows: Pages<Row>,
}

/// Who connects to this address, if the component may reach every server that it names.
pub(crate) async fn permitted<B>(granted: &Grant<B>, address: &Arc<str>, scheme: &'static str) -> Result<Arc<B>, Error>
where
    B: Servers + ?Sized,
{
    let servers = granted.backend().map_err(|error| answer::Failure::other(error.to_string()))?;
    let endpoints = servers.endpoints(address.clone()).await?;
    let mut allowed = !endpoints.is_empty();
    for endpoint in &endpoints {
        allowed = allowed && endpoint.is_plain() && granted.allows(&endpoint.to_string(), scheme).await;
    }
    match allowed {
        true => Ok(servers),
        // Spin's words.
        false => Err(Error::connection_failed(format!("address {address} is not permitted")).into()),
    }
}

/// The first versions name the address each time: a connection for one call.
pub(crate) async fn query_at<B>(granted: &Grant<B>, address: String, scheme: &'static str) -> Result<Session, Error>
where
    B: Servers + ?Sized,
{
    let address = address.into();
    permitted(granted, &address, scheme).await?.open(address).await
}
