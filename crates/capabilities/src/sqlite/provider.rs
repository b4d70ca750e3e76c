//! What every provider of a database does.

use crate::answer::{Answer, Pages};
use futures::stream;
use std::sync::Arc;

/// What a column holds, or a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
    Null,
}

impl Value {
    /// What it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let beside = match self {
            Self::Text(text) => text.len(),
            Self::Blob(blob) => blob.len(),
            Self::Integer(_) | Self::Real(_) | Self::Null => 0,
        };
        size_of::<Self>() + beside
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.0.iter().map(Value::bytes).sum::<usize>()
    }
}

/// What a statement answers; no columns where it answers nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// The names of the columns, and the rows as they come.
pub type Streamed = (Vec<String>, Pages<Row>);

/// A database. It is shared by all calls of all components that it was granted to.
pub trait Database: Send + Sync {
    fn open(&self) -> Answer<Arc<dyn Connection>>;
}

/// One guest's connection, with a transaction and temporary tables of its own. Both end with it.
pub trait Connection: Send + Sync {
    /// Run one statement. Whoever drops the answer ends it.
    fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<Rows>;

    /// The same, for answers that may be larger than what is held at once.
    fn stream(&self, statement: String, parameters: Vec<Value>) -> Answer<Streamed> {
        let answer = self.execute(statement, parameters);
        Box::pin(async move { Ok(at_once(answer.await?)) })
    }

    /// Of the last row that this connection inserted; 0 where there was none.
    fn last_insert_rowid(&self) -> Answer<i64>;

    /// Rows that the last INSERT, UPDATE or DELETE of this connection changed.
    fn changes(&self) -> Answer<u64>;
}

/// All rows are there.
pub(crate) fn at_once(rows: Rows) -> Streamed {
    (rows.columns, Box::pin(stream::iter([Ok(rows.rows)])))
}
