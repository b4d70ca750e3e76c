//! One SQLite file: answered at once on the thread that asks where that cannot take long, and on a thread of its own elsewhere.
//!
//! A write that meets another process's lock, or carries much, would hold up every guest of the runtime's thread.

use crate::answer::{Answer, Failure, ready};
use crate::memory;
use rusqlite::{Connection, ErrorCode};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, TryLockError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the thread aside waits for another process's lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// More bytes than these are carried aside.
pub(crate) const MUCH: usize = 256 << 10;
/// The write-ahead log is brought into the file after so many bytes of it, on the thread aside: that waits for the disk.
const LOG_BYTES: u64 = 4 << 20;
/// What a small write adds to the log: about two pages.
const LEAST_WRITTEN: u64 = 8 << 10;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// How a job is to be run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Reads,
    /// Writes about so many bytes.
    Writes(usize),
}

/// An open file, shared by all calls of this process.
pub(crate) struct Database {
    here: Mutex<Connection>,
    aside: Sender<Job>,
    unwritten: AtomicU64,
}

impl Database {
    /// Open the file, made if it is not there, and prepare it with `setup`.
    pub(crate) fn open(path: &Path, setup: &str) -> rusqlite::Result<Arc<Self>> {
        let aside = connected(path, PATIENCE)?;
        aside.execute_batch(setup)?;
        let here = connected(path, Duration::ZERO)?;
        here.pragma_update(None, "wal_autocheckpoint", 0)?;
        let (sender, jobs) = channel();
        std::thread::Builder::new()
            .name("atoll-sqlite".into())
            .spawn(move || work(aside, &jobs))
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(Arc::new(Self { here: Mutex::new(here), aside: sender, unwritten: AtomicU64::new(0) }))
    }

    /// Run `job`, which may be run twice: it must do nothing where it fails.
    pub(crate) fn run<T, F>(&self, weight: Weight, job: F) -> Answer<T>
    where
        T: Send + 'static,
        F: Fn(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        if let Weight::Writes(bytes) = weight {
            self.wrote(bytes);
        }
        if !matches!(weight, Weight::Writes(bytes) if bytes > MUCH) {
            let mut here = match self.here.try_lock() {
                Ok(here) => Some(here),
                Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(answer) = here.as_mut().map(|here| job(here)).filter(|answer| !is_busy(answer)) {
                return ready(answer.map_err(failed));
            }
        }
        self.run_aside(job)
    }

    fn run_aside<T, F>(&self, job: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let sent = self.aside.send(Box::new(move |connection| {
            // Who asked may be gone.
            let _ = answer.send(job(connection));
        }));
        Box::pin(async move {
            let stopped = || Failure::other("the database's thread has stopped");
            sent.map_err(|_| stopped())?;
            answered.await.map_err(|_| stopped())?.map_err(failed)
        })
    }

    fn wrote(&self, bytes: usize) {
        let bytes = LEAST_WRITTEN.max(bytes as u64);
        let unwritten = self.unwritten.fetch_add(bytes, Relaxed) + bytes;
        if unwritten < LOG_BYTES {
            return;
        }
        self.unwritten.store(0, Relaxed);
        // Whatever it cannot do now is done next time, or when the file is closed.
        let _ = self.aside.send(Box::new(|connection| {
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }));
    }
}

fn work(mut connection: Connection, jobs: &Receiver<Job>) {
    // Ends with the last who could send one.
    while let Ok(job) = jobs.recv() {
        job(&mut connection);
    }
}

/// What is committed survives the end of this process at any moment; that of the whole machine, up to the last moments.
fn connected(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    memory::count();
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.busy_timeout(patience)?;
    Ok(connection)
}

fn is_busy<T>(answer: &rusqlite::Result<T>) -> bool {
    let code = answer.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failed(error: rusqlite::Error) -> Failure {
    Failure::other(error.to_string())
}
