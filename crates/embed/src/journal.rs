//! What guests write and log, until whoever called them takes it: no thread of the runtime waits for a log.

use atoll_engine::output::{Lines, Source};
use atoll_engine::record::{Level, Record};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One line, or one message with its level.
#[derive(Debug)]
pub struct Entry {
    pub component: String,
    pub level: Option<Level>,
    /// Whatever the guest groups its messages by.
    pub context: String,
    pub source: Source,
    pub text: String,
}

/// By the number of the instance that wrote it. The limit of log bytes bounds each.
#[derive(Default)]
pub struct Journal {
    entries: Mutex<HashMap<u64, Vec<Entry>>>,
    /// So that a call that wrote nothing takes no lock.
    written: AtomicUsize,
}

impl Journal {
    /// What the instance wrote since it was last asked for.
    pub fn take(&self, instance: u64) -> Vec<Entry> {
        if self.written.load(Relaxed) == 0 {
            return Vec::new();
        }
        let taken = self.entries().remove(&instance).unwrap_or_default();
        self.written.fetch_sub(taken.len(), Relaxed);
        taken
    }

    fn put(&self, instance: u64, entry: Entry) {
        self.written.fetch_add(1, Relaxed);
        self.entries().entry(instance).or_default().push(entry);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<u64, Vec<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines for Journal {
    fn line(&self, component: &str, instance: u64, source: Source, line: &[u8]) {
        let text = String::from_utf8_lossy(line).into_owned();
        self.put(instance, Entry { component: component.into(), level: None, context: String::new(), source, text });
    }

    fn record(&self, component: &str, instance: u64, record: &Record<'_>) {
        let entry = Entry {
            component: component.into(),
            level: Some(record.level),
            context: record.context.into(),
            source: Source::Stderr,
            text: record.message.into(),
        };
        self.put(instance, entry);
    }
}
