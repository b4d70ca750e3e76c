//! Databases in files of SQLite, run in this process.
//!
//! Guests' statements are arbitrary. Each is begun on the thread that asks, where most are answered within microseconds; what is not done
//! after a millisecond, has to wait for a lock or carries much is begun anew on a thread aside. A guest's connection is one of SQLite while
//! it is open: so transactions, temporary tables and row numbers are its own.

mod control;
mod opened;
mod pool;
mod rules;
mod run;
mod stream;

use super::MOST_BUFFERED;
use super::backend::File;
use super::provider::{Connection, Database, Rows, Streamed, Value, at_once};
use crate::answer::{Answer, Failure, ready};
use control::Pace;
use pool::{Lease, Pool};
use run::{Asked, Buffered, Here};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// A stream brings rows in portions of about so many bytes.
const PAGE: usize = 64 << 10;

/// One file, shared by all calls of this process.
pub(super) struct Embedded(Arc<Pool>);

impl Embedded {
    pub(super) fn open(file: &File) -> rusqlite::Result<Self> {
        Pool::open(file).map(Self)
    }
}

impl Database for Embedded {
    fn open(&self) -> Answer<Arc<dyn Connection>> {
        let session = Session { pool: self.0.clone(), lease: Arc::default() };
        ready(Ok(Arc::new(session)))
    }
}

type Held = OwnedMutexGuard<Option<Lease>>;

/// One guest's connection. It takes one of SQLite with its first statement, and has it until it is closed.
#[derive(Clone)]
struct Session {
    pool: Arc<Pool>,
    lease: Arc<Mutex<Option<Lease>>>,
}

impl Session {
    /// The answer, if it can be had on this thread.
    fn here(&self, asked: &Asked, most: usize) -> Option<Result<Rows, Failure>> {
        let mut lease = self.lease.try_lock().ok()?;
        if self.pool.is_slow(&asked.statement) {
            return None;
        }
        if lease.is_none() {
            *lease = self.pool.idle();
        }
        match lease.as_mut()?.with(|opened| opened.here(asked, most))? {
            Here::Done(answer) => Some(answer),
            Here::Waits => None,
            Here::Slow => {
                self.pool.was_slow(&asked.statement);
                None
            }
        }
    }

    /// The connection, once the statements before are done.
    async fn held(&self) -> Result<Held, Failure> {
        let mut held = self.lease.clone().lock_owned().await;
        if held.is_none() {
            *held = Some(self.pool.lease().await?);
        }
        Ok(held)
    }

    fn asks<T: Send + 'static>(&self, answer: fn(&Lease) -> T, otherwise: T) -> Answer<T> {
        let lease = self.lease.clone();
        Box::pin(async move { Ok(lease.lock().await.as_ref().map_or(otherwise, answer)) })
    }
}

impl Connection for Session {
    fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<Rows> {
        let asked = Asked { statement, parameters };
        if let Some(answer) = self.here(&asked, MOST_BUFFERED) {
            return ready(answer);
        }
        let session = self.clone();
        Box::pin(async move {
            let mut held = session.held().await?;
            let cancel = Cancel::default();
            let pace = cancel.pace();
            let job = move || {
                let mut kept = Buffered::new(MOST_BUFFERED);
                session.pool.timed(&asked.statement, || on(&mut held, pace, |opened| opened.aside(&asked, &mut kept)))?;
                Ok(kept.rows)
            };
            tokio::task::spawn_blocking(job).await.unwrap_or_else(|_| Err(stopped()))
        })
    }

    fn stream(&self, statement: String, parameters: Vec<Value>) -> Answer<Streamed> {
        let asked = Asked { statement, parameters };
        if let Some(answer) = self.here(&asked, PAGE) {
            return ready(answer.map(at_once));
        }
        Box::pin(stream::streamed(self.clone(), asked))
    }

    fn last_insert_rowid(&self) -> Answer<i64> {
        self.asks(Lease::last_insert_rowid, 0)
    }

    fn changes(&self) -> Answer<u64> {
        self.asks(Lease::changes, 0)
    }
}

/// Use the connection on this thread, which may wait.
fn on(
    lease: &mut Option<Lease>,
    pace: Pace,
    used: impl FnOnce(&mut opened::Opened) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let used = |opened: &mut opened::Opened| {
        opened.control.begin(pace);
        used(opened)
    };
    lease.as_mut().and_then(|lease| lease.with(used)).unwrap_or_else(|| Err(stopped()))
}

fn stopped() -> Failure {
    Failure::other("the database's thread has stopped")
}

/// Ends the statement that it stands for when nobody waits for it any more.
#[derive(Default)]
struct Cancel(Arc<AtomicBool>);

impl Cancel {
    fn pace(&self) -> Pace {
        Pace::Aside(self.0.clone())
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
