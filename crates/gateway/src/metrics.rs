//! What is counted in one process, by component: requests here, calls in the engine. Plain atomics; a snapshot reads them.
//!
//! Components are known by their id and never forgotten, so an app that is loaded anew goes on counting.

use crate::app::Progress;
use atoll_engine::counters::{CallsCounted, Counters};
use atoll_engine::histogram::{Counted, Histogram};
use http::{Method, StatusCode};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What no component answered: static responses, the host's own paths, refusals.
pub const HOST: &str = "-";

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "other"];
const STATUSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// Nanoseconds of a whole answer: 100 µs to 60 s.
const DURATIONS: [u64; 18] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
    30_000_000_000,
    60_000_000_000,
];

/// What is counted of one component.
pub struct ComponentMetrics {
    requests: [[AtomicU64; STATUSES.len()]; METHODS.len()],
    duration: Histogram<{ DURATIONS.len() }>,
    response_bytes: AtomicU64,
    compiled: AtomicU64,
    cached: AtomicU64,
    compile_nanos: AtomicU64,
    pub calls: Arc<Counters>,
}

/// What is counted in one process.
#[derive(Default)]
pub struct Metrics {
    components: Mutex<BTreeMap<String, Arc<ComponentMetrics>>>,
    request_bytes: AtomicU64,
    accepted: AtomicU64,
    closed: AtomicU64,
}

impl ComponentMetrics {
    fn new() -> Self {
        Self {
            requests: Default::default(),
            duration: Histogram::new(&DURATIONS),
            response_bytes: AtomicU64::new(0),
            compiled: AtomicU64::new(0),
            cached: AtomicU64::new(0),
            compile_nanos: AtomicU64::new(0),
            calls: Arc::default(),
        }
    }

    /// A request was answered with `status`.
    pub(crate) fn answered(&self, method: usize, status: StatusCode) {
        self.requests[method][usize::from(status.as_u16() / 100).clamp(2, 5) - 2].fetch_add(1, Relaxed);
    }

    /// The answer to a request has ended.
    pub(crate) fn ended(&self, started: Instant, bytes: u64) {
        self.duration.record(nanos(started.elapsed()));
        self.response_bytes.fetch_add(bytes, Relaxed);
    }

    fn counted(&self) -> ComponentCounted {
        let requests = METHODS.iter().zip(&self.requests).flat_map(|(method, counts)| {
            let counted = STATUSES.iter().zip(counts).map(|(status, count)| (*method, *status, count.load(Relaxed)));
            counted.filter(|(_, _, count)| *count > 0)
        });
        ComponentCounted {
            requests: requests.collect(),
            duration: self.duration.counted(),
            response_bytes: self.response_bytes.load(Relaxed),
            compiled: self.compiled.load(Relaxed),
            cached: self.cached.load(Relaxed),
            compile_seconds: seconds(&self.compile_nanos),
            calls: self.calls.counted(),
        }
    }
}

/// The row of a method.
pub(crate) fn method(method: &Method) -> usize {
    METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len() - 1)
}

impl Metrics {
    /// The counters of a component, made when it is first met.
    pub fn component(&self, id: &str) -> Arc<ComponentMetrics> {
        let mut components = self.components.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = components.get(id) {
            return known.clone();
        }
        let new = Arc::new(ComponentMetrics::new());
        components.insert(id.to_owned(), new.clone());
        new
    }

    /// A component has been compiled, or found in the cache.
    pub fn progressed(&self, progress: &Progress<'_>) {
        let component = self.component(progress.component);
        match progress.event {
            "compiled" => {
                component.compiled.fetch_add(1, Relaxed);
                component
                    .compile_nanos
                    .fetch_add(nanos(Duration::try_from_secs_f64(progress.seconds).unwrap_or_default()), Relaxed);
            }
            "cached" => {
                component.cached.fetch_add(1, Relaxed);
            }
            _ => {}
        }
    }

    /// A connection was accepted; it is open until the guard is dropped.
    pub(crate) fn connected(self: &Arc<Self>) -> Open {
        self.accepted.fetch_add(1, Relaxed);
        Open(self.clone())
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.request_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// What was counted so far.
    pub fn snapshot(&self) -> Snapshot {
        let components: Vec<_> = {
            let known = self.components.lock().unwrap_or_else(PoisonError::into_inner);
            known.iter().map(|(id, component)| (id.clone(), component.clone())).collect()
        };
        let closed = self.closed.load(Relaxed);
        let accepted = self.accepted.load(Relaxed);
        Snapshot {
            components: components.into_iter().map(|(id, component)| (id, component.counted())).collect(),
            connections_open: accepted.saturating_sub(closed),
            connections_accepted: accepted,
            request_bytes: self.request_bytes.load(Relaxed),
            log_lines_dropped: 0,
            telemetry_dropped: 0,
        }
    }
}

/// An open connection.
pub(crate) struct Open(Arc<Metrics>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.closed.fetch_add(1, Relaxed);
    }
}

/// What one process counted so far.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    pub components: BTreeMap<String, ComponentCounted>,
    pub connections_open: u64,
    pub connections_accepted: u64,
    pub request_bytes: u64,
    pub log_lines_dropped: u64,
    pub telemetry_dropped: u64,
}

/// What was counted of one component; times in seconds, durations in nanoseconds.
#[derive(Debug, Serialize)]
pub struct ComponentCounted {
    /// Method, class of the status, count.
    pub requests: Vec<(&'static str, &'static str, u64)>,
    pub duration: Counted,
    pub response_bytes: u64,
    pub compiled: u64,
    pub cached: u64,
    pub compile_seconds: f64,
    pub calls: CallsCounted,
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn seconds(nanos: &AtomicU64) -> f64 {
    nanos.load(Relaxed) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_that_is_loaded_again_goes_on_counting() {
        let metrics = Metrics::default();
        metrics.component("a").answered(method(&Method::GET), StatusCode::OK);
        metrics.component("a").answered(method(&Method::GET), StatusCode::NO_CONTENT);
        assert_eq!(metrics.snapshot().components["a"].requests, [("GET", "2xx", 2)]);
    }

    #[test]
    fn an_unusual_method_and_an_unusual_status_have_their_place() {
        let metrics = Metrics::default();
        let purge = Method::from_bytes(b"PURGE").unwrap();
        metrics.component("a").answered(method(&purge), StatusCode::from_u16(999).unwrap());
        assert_eq!(metrics.snapshot().components["a"].requests, [("other", "5xx", 1)]);
    }
}
