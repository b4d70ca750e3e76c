//! What is counted of one component's calls: plain atomics that calls write and whoever measures reads.
//!
//! They outlive the sandbox: an app that is loaded anew goes on counting where the old one stopped.

use crate::admit::Refused;
use crate::error::Code;
use crate::histogram::{Counted, Histogram};
use crate::observe::Outcome;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The reasons for which a call can fail.
const FAILURES: [Code; 10] = [
    Code::GuestTrapped,
    Code::GuestNoResponse,
    Code::LimitDeadline,
    Code::LimitCpu,
    Code::LimitMemory,
    Code::LimitTables,
    Code::LimitHandles,
    Code::LimitHostCallBytes,
    Code::LimitResponseBytes,
    Code::LimitConcurrency,
];

const MIB: u64 = 1 << 20;
/// Bytes of linear memory at a call's peak.
const MEMORY: [u64; 10] = [MIB / 4, MIB, 4 * MIB, 16 * MIB, 32 * MIB, 64 * MIB, 128 * MIB, 256 * MIB, 1024 * MIB, 4096 * MIB];

/// The calls of one component.
#[derive(Debug)]
pub struct Counters {
    in_flight: AtomicU64,
    waiting: AtomicU64,
    refused_full: AtomicU64,
    refused_waited: AtomicU64,
    started: AtomicU64,
    live: AtomicU64,
    failed: [AtomicU64; FAILURES.len()],
    cancelled: AtomicU64,
    cpu_nanos: AtomicU64,
    peak_memory: Histogram<{ MEMORY.len() }>,
}

/// What was counted so far. Of the fields that tell a state, `in_flight`, `waiting` and `live` are those of this moment.
#[derive(Debug, Serialize)]
pub struct CallsCounted {
    pub in_flight: u64,
    pub waiting: u64,
    pub live: u64,
    pub started: u64,
    pub cancelled: u64,
    pub refused: BTreeMap<&'static str, u64>,
    pub failed: BTreeMap<&'static str, u64>,
    pub cpu_seconds: f64,
    pub peak_memory: Counted,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            in_flight: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            refused_full: AtomicU64::new(0),
            refused_waited: AtomicU64::new(0),
            started: AtomicU64::new(0),
            live: AtomicU64::new(0),
            failed: Default::default(),
            cancelled: AtomicU64::new(0),
            cpu_nanos: AtomicU64::new(0),
            peak_memory: Histogram::new(&MEMORY),
        }
    }
}

impl Counters {
    /// A call asks to be let in; it waits until the guard is dropped.
    pub(crate) fn waits(&self) -> Gauged<'_> {
        self.waiting.fetch_add(1, Relaxed);
        Gauged(&self.waiting)
    }

    pub(crate) fn refused(&self, refused: Refused) {
        match refused {
            Refused::Full => &self.refused_full,
            Refused::Waited => &self.refused_waited,
        }
        .fetch_add(1, Relaxed);
    }

    pub(crate) fn admitted(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    pub(crate) fn left(&self) {
        self.in_flight.fetch_sub(1, Relaxed);
    }

    /// An instance is made; it lives until the guard is dropped.
    pub(crate) fn instance(self: &Arc<Self>) -> Living {
        self.started.fetch_add(1, Relaxed);
        self.live.fetch_add(1, Relaxed);
        Living(self.clone())
    }

    pub(crate) fn ended(&self, outcome: &Outcome<'_>) {
        if outcome.cancelled {
            self.cancelled.fetch_add(1, Relaxed);
        }
        if let Some(failure) = outcome.failure
            && let Some(index) = FAILURES.iter().position(|code| *code == failure.code)
        {
            self.failed[index].fetch_add(1, Relaxed);
        }
        self.cpu_nanos.fetch_add(u64::try_from(outcome.cpu.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        self.peak_memory(outcome.peak_memory);
    }

    /// The peak of an instance; a call of a kept one has none of its own.
    pub(crate) fn peak_memory(&self, bytes: u64) {
        if bytes > 0 {
            self.peak_memory.record(bytes);
        }
    }

    /// What was counted so far.
    pub fn counted(&self) -> CallsCounted {
        let failed = FAILURES.iter().zip(&self.failed).map(|(code, count)| (code.as_str(), count.load(Relaxed)));
        let refused = [("queue-full", &self.refused_full), ("waited-too-long", &self.refused_waited)];
        CallsCounted {
            in_flight: self.in_flight.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            live: self.live.load(Relaxed),
            started: self.started.load(Relaxed),
            cancelled: self.cancelled.load(Relaxed),
            refused: refused.into_iter().map(|(reason, count)| (reason, count.load(Relaxed))).collect(),
            failed: failed.collect(),
            cpu_seconds: self.cpu_nanos.load(Relaxed) as f64 / 1e9,
            peak_memory: self.peak_memory.counted(),
        }
    }
}

/// Counted until it is dropped.
pub(crate) struct Gauged<'a>(&'a AtomicU64);

impl Drop for Gauged<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// A live instance.
pub(crate) struct Living(Arc<Counters>);

impl Drop for Living {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Relaxed);
    }
}
