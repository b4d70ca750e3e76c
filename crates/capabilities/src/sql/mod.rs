//! What the rooms of SQL databases share: connections, values, and how the versions of the interfaces say them.

mod connection;
mod error;
pub(crate) mod rdbms;
mod rich;
mod value;
mod versions;

pub use connection::{Answer, Column, Connection, Endpoint, Pages, RowSet, Servers, Streamed};
pub(crate) use connection::{MOST_BUFFERED, Session, permitted, query_at};
pub use error::{Error, Said};
pub(crate) use rich::{converted, rich};
pub use value::{Bound, Interval, Kind, Range, Row, Value};
pub(crate) use versions::{asynchronous, connections, plain, rows, told_plainly};
