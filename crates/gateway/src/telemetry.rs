//! Spans and log records on their way to an exporter: a bounded buffer that requests write and one thread drains.
//!
//! Whoever writes never waits: what finds no place is dropped, and counted.

use crate::settings::{ObserveSettings, Sampler};
use atoll_capabilities::otel::{self, Signal, Told};
use atoll_engine::output::Source;
use atoll_engine::record::Record;
use atoll_engine::trace::{Kind, Span, SpanContext, Spans, Value};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Spans and log records that wait for the exporter.
const WAITING: usize = 16_384;
/// Bytes of what guests told themselves, which may be long.
const TOLD: usize = 64 << 20;
/// So many are worth to be fetched at once.
const BATCH: usize = 512;

/// Severities of OpenTelemetry's logs.
const INFO: u8 = 9;
const WARN: u8 = 13;
const ERROR: u8 = 17;

/// The buffer of one process.
pub struct Telemetry {
    sampler: Option<Sampler>,
    logs: bool,
    guest_metrics: bool,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    dropped: AtomicU64,
    /// The calls that run under trace, for their log lines.
    running: Mutex<HashMap<u64, SpanContext>>,
}

#[derive(Default)]
struct Waiting {
    items: VecDeque<Item>,
    /// Of those that guests told.
    bytes: usize,
}

enum Item {
    Span(Span),
    Log(LogRecord),
    /// With the context of the call that told it.
    Told(Told, Option<SpanContext>),
}

impl Item {
    fn bytes(&self) -> usize {
        if let Self::Told(told, _) = self { told.document.len() } else { 0 }
    }
}

/// One line of a guest, or the failure of a call.
#[derive(Debug)]
struct LogRecord {
    time: u64,
    severity: u8,
    body: String,
    component: String,
    request: u64,
    /// The stream of a line, the context of a message, or the code of a failure.
    about: (&'static str, Cow<'static, str>),
    context: Option<SpanContext>,
}

impl Telemetry {
    /// None where nothing is exported.
    pub fn new(settings: &ObserveSettings) -> Option<Self> {
        (settings.traces.is_some() || settings.logs || settings.guest_metrics).then(|| Self {
            sampler: settings.traces,
            logs: settings.logs,
            guest_metrics: settings.guest_metrics,
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            dropped: AtomicU64::new(0),
            running: Mutex::default(),
        })
    }

    /// Whether requests are traced.
    pub fn traces(&self) -> bool {
        self.sampler.is_some()
    }

    /// Whether log records are wanted.
    pub fn logs(&self) -> bool {
        self.logs
    }

    /// What was dropped so far, because its export did not keep up.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// The context of a request's span, below the one that the request carried. Whether it is recorded is decided here.
    pub(crate) fn begin(&self, parent: Option<&SpanContext>) -> SpanContext {
        let trace = parent.map_or_else(|| fastrand::u128(1..), |parent| parent.trace);
        let sampled = match (self.sampler, parent) {
            (None, _) => false,
            (Some(Sampler { parent_based: true, .. }), Some(parent)) => parent.sampled,
            (Some(sampler), _) => is_in(trace, sampler.ratio),
        };
        SpanContext { trace, span: self.id(), sampled, state: parent.and_then(|parent| parent.state.clone()) }
    }

    /// The call with this number runs under trace.
    pub(crate) fn runs(&self, request: u64, context: &SpanContext) {
        if self.logs {
            lock(&self.running).insert(request, context.clone());
        }
    }

    /// A line of guest output.
    pub(crate) fn line(&self, component: &str, request: u64, source: Source, line: &[u8]) {
        let (severity, stream) = match source {
            Source::Stdout => (INFO, "stdout"),
            Source::Stderr => (WARN, "stderr"),
        };
        self.log(severity, String::from_utf8_lossy(line).into_owned(), component, request, ("log.iostream", stream.into()));
    }

    /// A message of a guest, which says its level.
    pub(crate) fn message(&self, component: &str, request: u64, record: &Record<'_>) {
        let context = record.context.to_owned().into();
        self.log(record.level.severity(), record.message.to_owned(), component, request, ("atoll.context", context));
    }

    /// A call failed.
    pub(crate) fn failure(&self, component: &str, request: u64, code: &'static str, text: String) {
        self.log(ERROR, text, component, request, ("error.type", code.into()));
    }

    fn log(&self, severity: u8, body: String, component: &str, request: u64, about: (&'static str, Cow<'static, str>)) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let context = lock(&self.running).get(&request).cloned();
        self.put(Item::Log(LogRecord { time, severity, body, component: component.to_owned(), request, about, context }));
    }

    fn put(&self, item: Item) {
        let mut waiting = lock(&self.waiting);
        let bytes = waiting.bytes + item.bytes();
        if waiting.items.len() >= WAITING || bytes > TOLD {
            self.dropped.fetch_add(1, Relaxed);
            return;
        }
        waiting.bytes = bytes;
        waiting.items.push_back(item);
        if waiting.items.len() == BATCH {
            self.arrived.notify_one();
        }
    }

    /// At most a batch of what waits, once there is one or `timeout` has passed. None where fewer than `least` wait.
    pub fn drain(&self, least: usize, timeout: Duration) -> Option<String> {
        let waited = self.arrived.wait_timeout_while(lock(&self.waiting), timeout, |waiting| waiting.items.len() < BATCH);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if waiting.items.len() < least.max(1) {
            return None;
        }
        let count = waiting.items.len().min(BATCH);
        let items: Vec<Item> = waiting.items.drain(..count).collect();
        waiting.bytes -= items.iter().map(Item::bytes).sum::<usize>();
        drop(waiting);
        serde_json::to_string(&Drained::of(&items)).ok()
    }
}

impl Spans for Telemetry {
    fn id(&self) -> u64 {
        fastrand::u64(1..)
    }

    fn record(&self, span: Span) {
        self.put(Item::Span(span));
    }

    fn over(&self, request: u64) {
        if self.logs {
            lock(&self.running).remove(&request);
        }
    }
}

impl otel::Telemetry for Telemetry {
    fn wants(&self, signal: Signal) -> bool {
        match signal {
            Signal::Span => self.traces(),
            Signal::Metrics => self.guest_metrics,
            Signal::Log => self.logs,
        }
    }

    fn samples(&self, trace: u128) -> bool {
        self.sampler.is_some_and(|sampler| is_in(trace, sampler.ratio))
    }

    fn take(&self, told: Told) {
        let context = lock(&self.running).get(&told.request).cloned();
        self.put(Item::Told(told, context));
    }

    fn dropped(&self) {
        self.dropped.fetch_add(1, Relaxed);
    }
}

/// As OpenTelemetry's own sampler by ratio: by the lower half of the trace's id.
fn is_in(trace: u128, ratio: f64) -> bool {
    let low = (trace & u128::from(u64::MAX)) as u64;
    ratio >= 1.0 || (low as f64) < ratio * 2f64.powi(64)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the exporter reads. Ids are hexadecimal.
#[derive(Serialize)]
struct Drained<'a> {
    spans: Vec<SpanDocument<'a>>,
    logs: Vec<LogDocument<'a>>,
    told: Vec<ToldDocument<'a>>,
}

#[derive(Serialize)]
struct SpanDocument<'a> {
    trace: String,
    span: String,
    parent: Option<String>,
    state: Option<&'a str>,
    name: &'a str,
    kind: Kind,
    start: u64,
    end: u64,
    attributes: BTreeMap<&'a str, &'a Value>,
    error: Option<&'a str>,
}

/// What a guest told, as it wrote it.
#[derive(Serialize)]
struct ToldDocument<'a> {
    signal: Signal,
    component: &'a str,
    request: Option<String>,
    trace: Option<String>,
    span: Option<String>,
    document: &'a str,
}

#[derive(Serialize)]
struct LogDocument<'a> {
    time: u64,
    severity: u8,
    body: &'a str,
    trace: Option<String>,
    span: Option<String>,
    sampled: bool,
    attributes: BTreeMap<&'a str, String>,
}

impl<'a> Drained<'a> {
    fn of(items: &'a [Item]) -> Self {
        let mut drained = Self { spans: Vec::new(), logs: Vec::new(), told: Vec::new() };
        for item in items {
            match item {
                Item::Span(span) => drained.spans.push(SpanDocument::of(span)),
                Item::Log(record) => drained.logs.push(LogDocument::of(record)),
                Item::Told(told, context) => drained.told.push(ToldDocument::of(told, context.as_ref())),
            }
        }
        drained
    }
}

impl<'a> SpanDocument<'a> {
    fn of(span: &'a Span) -> Self {
        Self {
            trace: format!("{:032x}", span.context.trace),
            span: format!("{:016x}", span.context.span),
            parent: span.parent.map(|parent| format!("{parent:016x}")),
            state: span.context.state.as_ref().and_then(|state| state.to_str().ok()),
            name: &span.name,
            kind: span.kind,
            start: span.start,
            end: span.end,
            attributes: span.attributes.iter().map(|(key, value)| (*key, value)).collect(),
            error: span.error.as_deref(),
        }
    }
}

impl<'a> ToldDocument<'a> {
    fn of(told: &'a Told, context: Option<&SpanContext>) -> Self {
        Self {
            signal: told.signal,
            component: &told.component,
            request: (told.request != 0).then(|| crate::logs::number(told.request)),
            trace: context.map(|context| format!("{:032x}", context.trace)),
            span: context.map(|context| format!("{:016x}", context.span)),
            document: &told.document,
        }
    }
}

impl<'a> LogDocument<'a> {
    fn of(record: &'a LogRecord) -> Self {
        let mut attributes = BTreeMap::from([("atoll.component", record.component.clone())]);
        if !record.about.1.is_empty() {
            attributes.insert(record.about.0, record.about.1.to_string());
        }
        // A line that belongs to no request, of a kept instance say, has none.
        if record.request != 0 {
            attributes.insert("atoll.request", crate::logs::number(record.request));
        }
        Self {
            time: record.time,
            severity: record.severity,
            body: &record.body,
            trace: record.context.as_ref().map(|context| format!("{:032x}", context.trace)),
            span: record.context.as_ref().map(|context| format!("{:016x}", context.span)),
            sampled: record.context.as_ref().is_some_and(|context| context.sampled),
            attributes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telemetry(parent_based: bool, ratio: f64) -> Telemetry {
        let traces = Some(Sampler { parent_based, ratio });
        Telemetry::new(&ObserveSettings { traces, logs: true, ..ObserveSettings::default() }).unwrap()
    }

    fn parent(sampled: bool) -> SpanContext {
        SpanContext { trace: 1 << 127, span: 7, sampled, state: None }
    }

    #[test]
    fn who_calls_decides_where_the_sampler_says_so() {
        assert!(telemetry(true, 0.0).begin(Some(&parent(true))).sampled);
        assert!(!telemetry(true, 1.0).begin(Some(&parent(false))).sampled);
        assert!(telemetry(false, 1.0).begin(Some(&parent(false))).sampled);
        assert!(!telemetry(false, 0.0).begin(None).sampled);
        assert_eq!(telemetry(true, 1.0).begin(Some(&parent(true))).trace, 1 << 127);
    }

    #[test]
    fn a_ratio_takes_its_share() {
        let quarter = telemetry(true, 0.25);
        let taken = (0..4_000).filter(|_| quarter.begin(None).sampled).count();
        assert!((800..1_200).contains(&taken), "{taken}");
    }

    #[test]
    fn a_full_buffer_drops_and_counts_and_is_drained_in_parts() {
        let full = telemetry(true, 1.0);
        for _ in 0..WAITING + 3 {
            full.line("c", 1, Source::Stdout, b"x");
        }
        assert_eq!(full.dropped(), 3);
        let mut drained = 0;
        while let Some(text) = full.drain(1, Duration::ZERO) {
            drained += text.matches("\"time\"").count();
        }
        assert_eq!(drained, WAITING);
    }
}
