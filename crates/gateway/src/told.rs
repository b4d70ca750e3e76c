//! Guest output for the program around: kept until it is taken.

use crate::logs::WAITING;
use atoll_engine::output::{Lines, Source};
use atoll_engine::record::{Level, Record};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One line, or one message with its level.
pub struct Entry {
    pub component: String,
    pub request: u64,
    pub source: Source,
    pub level: Option<Level>,
    /// Whatever the guest groups its messages by.
    pub context: String,
    pub text: String,
}

/// What waits. Beyond a number of entries they are dropped, and counted.
#[derive(Default)]
pub struct Told {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

#[derive(Default)]
struct Waiting {
    entries: Vec<Entry>,
    dropped: u64,
    closed: bool,
}

impl Told {
    /// Wait until there is something to take, or nothing will come any more; whether something may come later.
    pub fn wait(&self, timeout: Duration) -> bool {
        let is_empty = |waiting: &mut Waiting| waiting.entries.is_empty() && !waiting.closed;
        let waited = self.came.wait_timeout_while(self.lock(), timeout, is_empty);
        !waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    /// All that waits, and how many entries were dropped before it.
    pub fn take(&self) -> (Vec<Entry>, u64) {
        let mut waiting = self.lock();
        (std::mem::take(&mut waiting.entries), std::mem::take(&mut waiting.dropped))
    }

    fn put(&self, entry: Entry) {
        let mut waiting = self.lock();
        if waiting.entries.len() >= WAITING {
            waiting.dropped += 1;
            return;
        }
        waiting.entries.push(entry);
        if waiting.entries.len() == 1 {
            self.came.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who tells. Once it is gone, nothing comes any more.
pub struct Teller(pub Arc<Told>);

impl Drop for Teller {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.came.notify_all();
    }
}

impl Lines for Teller {
    fn line(&self, component: &str, request: u64, source: Source, line: &[u8]) {
        let text = String::from_utf8_lossy(line).into_owned();
        self.0.put(Entry { component: component.into(), request, source, level: None, context: String::new(), text });
    }

    fn record(&self, component: &str, request: u64, record: &Record<'_>) {
        self.0.put(Entry {
            component: component.into(),
            request,
            source: Source::Stderr,
            level: Some(record.level),
            context: record.context.into(),
            text: record.message.into(),
        });
    }
}
