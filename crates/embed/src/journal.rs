//! What guests write and log, until whoever called them takes it: no thread of the runtime waits for a log.

use atoll_engine::output::{Lines, Source};
use atoll_engine::record::{Level, Record};
use std::collections::BTreeMap;
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

/// What is kept of all instances together; beyond it the oldest ones' is lost. Nobody may ever ask for it.
const MOST: usize = 16 << 20;

#[derive(Default)]
pub struct Journal {
    entries: Mutex<Entries>,
    /// So that a call that wrote nothing takes no lock.
    written: AtomicUsize,
}

#[derive(Default)]
struct Entries {
    /// By the number of the instance that wrote it; 0 where only the component is known.
    all: BTreeMap<u64, Vec<Entry>>,
    bytes: usize,
}

impl Entries {
    fn remove(&mut self, instance: u64) -> Vec<Entry> {
        let removed = self.all.remove(&instance).unwrap_or_default();
        self.bytes -= removed.iter().map(Entry::bytes).sum::<usize>();
        removed
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.component.len() + self.context.len() + self.text.len()
    }
}

impl Journal {
    /// What the instance wrote since it was last asked for, after what nobody is known to have written.
    pub fn take(&self, instance: u64) -> Vec<Entry> {
        if self.written.load(Relaxed) == 0 {
            return Vec::new();
        }
        let mut entries = self.entries();
        let mut taken = entries.remove(0);
        taken.append(&mut entries.remove(instance));
        self.written.fetch_sub(taken.len(), Relaxed);
        taken
    }

    fn put(&self, instance: u64, entry: Entry) {
        let mut entries = self.entries();
        self.written.fetch_add(1, Relaxed);
        entries.bytes += entry.bytes();
        entries.all.entry(instance).or_default().push(entry);
        while entries.bytes > MOST
            && let Some(oldest) = entries.all.keys().next().copied()
        {
            self.written.fetch_sub(entries.remove(oldest).len(), Relaxed);
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
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
