//! The connections of one file: each serves one guest at a time, and goes on to the next only as it was opened.

use super::control::{PATIENCE, SLICE};
use super::opened::{Opened, connected};
use crate::answer::Failure;
use crate::sqlite::backend::File;
use rusqlite::Connection;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Guests that use the file at the same time, in one process.
const MOST: usize = 64;
/// The write-ahead log is brought into the file after so many pages, on a thread aside: that waits for the disk.
const LOG_PAGES: u32 = 1_000;
/// Statements that are remembered to be slow.
const REMEMBERED: usize = 1_024;

pub(super) struct Pool {
    file: File,
    idle: Mutex<Vec<Opened>>,
    permits: Arc<Semaphore>,
    /// Only brings the log into the file.
    keeper: Mutex<Connection>,
    due: AtomicU32,
    slow: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(super) fn open(file: &File) -> rusqlite::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            keeper: Mutex::new(connected(&file.path)?),
            idle: Mutex::new(vec![Opened::open(file)?]),
            file: file.clone(),
            permits: Arc::new(Semaphore::new(MOST)),
            due: AtomicU32::new(LOG_PAGES),
            slow: Mutex::default(),
            hasher: RandomState::new(),
        }))
    }

    /// A connection that is there already.
    pub(super) fn idle(self: &Arc<Self>) -> Option<Lease> {
        let permit = self.permits.clone().try_acquire_owned().ok()?;
        let opened = lock(&self.idle).pop()?;
        Some(Lease::new(opened, self.clone(), permit))
    }

    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, Failure> {
        let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            return Err(Failure::other(format!("all {MOST} connections to the database are in use")));
        };
        self.leased(permit).await
    }

    /// None where all are in use.
    pub(super) async fn one_more(self: &Arc<Self>) -> Option<Lease> {
        let permit = self.permits.clone().try_acquire_owned().ok()?;
        self.leased(permit).await.ok()
    }

    async fn leased(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Result<Lease, Failure> {
        let idle = lock(&self.idle).pop();
        let opened = match idle {
            Some(opened) => opened,
            None => {
                let pool = self.clone();
                // The file's name is the host's own.
                let failed = || Failure::other("the database cannot be opened");
                tokio::task::spawn_blocking(move || Opened::open(&pool.file))
                    .await
                    .ok()
                    .and_then(Result::ok)
                    .ok_or_else(failed)?
            }
        };
        Ok(Lease::new(opened, self.clone(), permit))
    }

    pub(super) fn is_slow(&self, statement: &str) -> bool {
        lock(&self.slow).contains(&self.hasher.hash_one(statement))
    }

    pub(super) fn was_slow(&self, statement: &str) {
        let mut slow = lock(&self.slow);
        if slow.len() >= REMEMBERED {
            slow.clear();
        }
        slow.insert(self.hasher.hash_one(statement));
    }

    /// Run it aside. If that took no longer than it may on the runtime's thread, it is no slow one: another program held it up.
    pub(super) fn timed<T>(&self, statement: &str, run: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let ran = run();
        if began.elapsed() < SLICE {
            lock(&self.slow).remove(&self.hasher.hash_one(statement));
        }
        ran
    }

    /// So many pages lie in the log.
    fn logged(self: &Arc<Self>, pages: u32) {
        if pages < self.due.load(Relaxed) {
            return;
        }
        // Where readers keep it from being emptied, it is not tried at every commit.
        self.due.store(pages.saturating_add(LOG_PAGES), Relaxed);
        let pool = self.clone();
        aside(move || {
            let Ok(keeper) = pool.keeper.try_lock() else { return };
            let emptied =
                keeper.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok(row.get::<_, i64>(1)? == row.get::<_, i64>(2)?));
            if emptied.unwrap_or(false) {
                pool.due.store(LOG_PAGES, Relaxed);
            }
        });
    }
}

/// On a thread that may wait; on this one where there is none.
fn aside(job: impl FnOnce() + Send + 'static) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(job)),
        Err(_) => job(),
    }
}

/// A connection in use by one guest.
pub(super) struct Lease {
    /// None once it is given back.
    opened: Option<Opened>,
    pool: Arc<Pool>,
    permit: Option<OwnedSemaphorePermit>,
    changed_before: (u64, u64),
}

impl Lease {
    fn new(opened: Opened, pool: Arc<Pool>, permit: OwnedSemaphorePermit) -> Self {
        let changed_before = changed(&opened);
        Self { opened: Some(opened), pool, permit: Some(permit), changed_before }
    }

    /// Use it, and see to the log afterwards.
    pub(super) fn with<T>(&mut self, used: impl FnOnce(&mut Opened) -> T) -> Option<T> {
        let opened = self.opened.as_mut()?;
        let done = used(opened);
        let pages = opened.control.log_pages.swap(0, Relaxed);
        self.pool.logged(pages);
        Some(done)
    }

    /// Whether a read would find the same on another connection.
    pub(super) fn is_clean(&self) -> bool {
        self.opened.as_ref().is_some_and(Opened::is_clean)
    }

    pub(super) fn last_insert_rowid(&self) -> i64 {
        self.opened.as_ref().map_or(0, |opened| opened.connection.last_insert_rowid())
    }

    /// What the last guest changed does not count.
    pub(super) fn changes(&self) -> u64 {
        let now = self.opened.as_ref().map(changed);
        now.filter(|now| *now != self.changed_before).map_or(0, |(last, _)| last)
    }
}

fn changed(opened: &Opened) -> (u64, u64) {
    (opened.connection.changes(), opened.connection.total_changes())
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(opened) = self.opened.take() else { return };
        if opened.is_clean() {
            opened.forget_inserts();
            lock(&self.pool.idle).push(opened);
            return;
        }
        // Closing undoes what was not committed, and may take its time.
        let permit = self.permit.take();
        aside(move || {
            drop(opened);
            drop(permit);
        });
    }
}
