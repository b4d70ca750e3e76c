//! One SQLite connection, opened so that strangers' statements can be run on it.

use super::control::{Control, PATIENCE};
use super::rules::authorize;
use crate::memory;
use crate::sqlite::backend::File;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, ffi};
use std::ffi::c_int;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Instructions between two looks at the clock: some ten microseconds.
const INSTRUCTIONS: c_int = 1_000;
/// Statements that a connection keeps prepared.
const PREPARED: usize = 32;
/// The largest text, blob or row.
pub(super) const MOST_LENGTH: i32 = 32 << 20;
/// The same on the runtime's thread, as one function over a text cannot be interrupted.
pub(super) const LENGTH_HERE: i32 = 64 << 10;
const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, MOST_LENGTH),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 10_000),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 100),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];
/// What SQLite may allocate in this process, for all connections together, in bytes. Each keeps little: pages beyond 2 MiB and large
/// sorts go to files.
const MOST_HEAP: i64 = 1 << 30;
/// What one statement may allocate.
pub(super) const MOST_MEMORY: i64 = 128 << 20;

pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) control: Arc<Control>,
    length: i32,
}

impl Opened {
    pub(super) fn open(file: &File) -> rusqlite::Result<Self> {
        let mut connection = connected(&file.path)?;
        let size: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let pages = u32::try_from(file.max_bytes / u64::from(size.max(1))).unwrap_or(u32::MAX - 1);
        connection.pragma_update(None, "max_page_count", pages.max(1))?;
        connection.pragma_update(None, "hard_heap_limit", MOST_HEAP)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        for (limit, most) in LIMITS {
            connection.set_limit(*limit, *most)?;
        }
        // VACUUM needs one.
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, if file.allow_attach_file { 10 } else { 1 })?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let control = Control::new();
        watch(&mut connection, &control, file.allow_attach_file)?;
        Ok(Self { connection, control, length: MOST_LENGTH })
    }

    pub(super) fn set_length(&mut self, length: i32) -> rusqlite::Result<()> {
        if self.length != length {
            self.connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, length)?;
            self.length = length;
        }
        Ok(())
    }

    /// Whether the next guest finds nothing of the last one.
    pub(super) fn is_clean(&self) -> bool {
        self.connection.is_autocommit() && !self.control.is_soiled()
    }

    /// As if nothing had been inserted yet.
    pub(super) fn forget_inserts(&self) {
        // SAFETY: the connection is open, and no other thread uses it.
        unsafe { ffi::sqlite3_set_last_insert_rowid(self.connection.handle(), 0) };
    }
}

/// What is committed survives the end of this process at any moment; that of the whole machine, up to the last moments.
pub(super) fn connected(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    memory::count();
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    Ok(connection)
}

fn watch(connection: &mut Connection, control: &Arc<Control>, allow_attach: bool) -> rusqlite::Result<()> {
    let watcher = control.clone();
    connection.progress_handler(INSTRUCTIONS, Some(move || watcher.must_stop()))?;
    let waiter = control.clone();
    connection.busy_handler(Some(move |times| waiter.waits(times)))?;
    let log = control.clone();
    connection.wal_hook(Some(move |_: &mut _, pages: c_int| {
        log.log_pages.store(pages.unsigned_abs(), Relaxed);
        Ok(())
    }))?;
    let judge = control.clone();
    connection.authorizer(Some(move |asked: rusqlite::hooks::AuthContext<'_>| authorize(&judge, allow_attach, asked)))
}
