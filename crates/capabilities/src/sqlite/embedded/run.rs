//! One statement on one connection.

use super::control::Pace;
use super::opened::{LENGTH_HERE, MOST_LENGTH, MOST_MEMORY, Opened};
use crate::answer::Failure;
use crate::memory::Budget;
use crate::sqlite::provider::{Row, Rows, Value};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, Statement, TransactionState, params_from_iter};
use std::sync::atomic::Ordering::Relaxed;

/// Longer statements are not kept prepared, and take too long to prepare on the runtime's thread.
const LONG: usize = 16 << 10;

/// A statement with its parameters.
pub(super) struct Asked {
    pub(super) statement: String,
    pub(super) parameters: Vec<Value>,
}

impl Asked {
    fn is_large(&self) -> bool {
        self.statement.len() > LONG || self.parameters.iter().map(Value::bytes).sum::<usize>() > LENGTH_HERE as usize
    }
}

/// Why a statement has not come to its end.
pub(super) enum Stop {
    Sql(rusqlite::Error),
    /// Column and row are no text that a guest could take.
    NotText(String),
    TooMany(usize),
    /// It has to be run aside.
    NotHere,
    /// Whoever took the rows is gone.
    Gone,
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Takes what a statement answers.
pub(super) trait Sink {
    fn columns(&mut self, columns: Vec<String>) -> Result<(), Stop>;
    fn row(&mut self, row: Row) -> Result<(), Stop>;
}

/// Keeps it, up to so many bytes.
pub(super) struct Buffered {
    pub(super) rows: Rows,
    bytes: usize,
    most: usize,
}

impl Buffered {
    pub(super) fn new(most: usize) -> Self {
        Self { rows: Rows::default(), bytes: 0, most }
    }
}

impl Sink for Buffered {
    fn columns(&mut self, columns: Vec<String>) -> Result<(), Stop> {
        self.rows.columns = columns;
        Ok(())
    }

    fn row(&mut self, row: Row) -> Result<(), Stop> {
        self.bytes += row.bytes();
        if self.bytes > self.most {
            return Err(Stop::TooMany(self.most));
        }
        self.rows.rows.push(row);
        Ok(())
    }
}

/// How a statement went on the runtime's thread.
pub(super) enum Here {
    Done(Result<Rows, Failure>),
    /// It would take too long, and has done nothing.
    Slow,
    /// It has to wait for something, and has done nothing.
    Waits,
}

impl Opened {
    /// Run it now, if that cannot take long. Reads of more than `most` bytes are left to the thread aside.
    pub(super) fn here(&mut self, asked: &Asked, most: usize) -> Here {
        // The end of a transaction writes what was changed in it.
        if asked.is_large()
            || !matches!(self.connection.transaction_state(None::<&str>), Ok(state) if state != TransactionState::Write)
        {
            return Here::Waits;
        }
        self.control.begin(Pace::Here);
        let mut kept = Buffered::new(super::MOST_BUFFERED);
        let ran = self.set_length(LENGTH_HERE).map_err(Stop::from).and_then(|()| {
            self.run(asked, &mut kept, |opened, statement, kept| {
                if statement.readonly() {
                    kept.most = most;
                } else if !opened.connection.is_autocommit() {
                    // Interrupting it would undo what the guest did before.
                    return Err(Stop::NotHere);
                }
                Ok(())
            })
        });
        match ran {
            Ok(()) => Here::Done(Ok(kept.rows)),
            Err(Stop::NotHere) => Here::Waits,
            Err(Stop::TooMany(limit)) if limit < super::MOST_BUFFERED => Here::Waits,
            Err(Stop::Sql(error)) if is_one_of(&error, &[ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked]) => Here::Waits,
            Err(Stop::Sql(error)) if is_one_of(&error, &[ErrorCode::OperationInterrupted, ErrorCode::TooBig]) => Here::Slow,
            Err(stop) => Here::Done(Err(self.told(stop))),
        }
    }

    /// Run it on a thread that may wait.
    pub(super) fn aside(&mut self, asked: &Asked, sink: &mut impl Sink) -> Result<(), Failure> {
        let ran = self.set_length(MOST_LENGTH).map_err(Stop::from).and_then(|()| self.run(asked, sink, |_, _, _| Ok(())));
        ran.map_err(|stop| self.told(stop))
    }

    /// Whether it changes nothing. What is wrong with it is found out when it is run.
    pub(super) fn reads_only(&self, asked: &Asked) -> bool {
        let _budget = Budget::of(MOST_MEMORY);
        self.connection.prepare_cached(&asked.statement).is_ok_and(|statement| statement.readonly())
    }

    fn run<S: Sink>(
        &self,
        asked: &Asked,
        sink: &mut S,
        may_run: impl FnOnce(&Self, &Statement<'_>, &mut S) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let _budget = Budget::of(MOST_MEMORY);
        let mut statement = self.connection.prepare_cached(&asked.statement)?;
        may_run(self, &statement, sink)?;
        self.control.stepping.store(true, Relaxed);
        let ran = read(&mut statement, &asked.parameters, sink);
        self.control.stepping.store(false, Relaxed);
        // What soils a connection is noticed when it is prepared.
        if asked.statement.len() > LONG || self.control.is_soiled() {
            statement.discard();
        }
        ran
    }

    fn told(&self, stop: Stop) -> Failure {
        let io = |message: String| Failure { case: "io".into(), message };
        let error = match stop {
            Stop::Sql(error) => error,
            Stop::NotText(column) => return io(format!("a text of the column `{column}` is not UTF-8; cast it to a blob")),
            // Spin's words.
            Stop::TooMany(most) => return io(format!("query result exceeds limit of {most} bytes")),
            Stop::NotHere | Stop::Gone => return io("interrupted".into()),
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Failure { case: "database-full".into(), message: error.to_string() },
            Some(ErrorCode::AuthorizationForStatementDenied) => {
                io(self.control.refusal().map_or_else(|| error.to_string(), |why| format!("not authorized: {why}")))
            }
            Some(ErrorCode::TooBig) => {
                io(format!("a text, blob or row is larger than {MOST_LENGTH} bytes, or a statement than 1 MiB"))
            }
            Some(ErrorCode::OutOfMemory) => io(format!("the statement needs more than {MOST_MEMORY} bytes of memory")),
            _ => io(error.to_string()),
        }
    }
}

fn read(statement: &mut Statement<'_>, parameters: &[Value], sink: &mut impl Sink) -> Result<(), Stop> {
    let columns: Vec<String> = statement.column_names().map(Into::into).collect();
    let count = columns.len();
    sink.columns(columns)?;
    let mut rows = statement.query(params_from_iter(parameters))?;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(count);
        for index in 0..count {
            values.push(match row.get_ref(index)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(integer) => Value::Integer(integer),
                ValueRef::Real(real) => Value::Real(real),
                ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
                ValueRef::Text(text) => match std::str::from_utf8(text) {
                    Ok(text) => Value::Text(text.into()),
                    Err(_) => return Err(Stop::NotText(row.as_ref().column_name(index)?.into())),
                },
            });
        }
        sink.row(Row(values))?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(blob) => ValueRef::Blob(blob),
            Self::Null => ValueRef::Null,
        }))
    }
}

fn is_one_of(error: &rusqlite::Error, codes: &[ErrorCode]) -> bool {
    error.sqlite_error_code().is_some_and(|code| codes.contains(&code))
}
