//! One call under trace: its span, the span of its instance's start, and what its outbound requests carry.
//!
//! Nothing here runs where traces are off: a call without a trace has none of this.

mod client;
mod context;

pub use client::ClientSpan;
pub use context::{SpanContext, TRACEPARENT, TRACESTATE};

use crate::observe::Outcome;
use serde::Serialize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Who asks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Server,
    Client,
    Internal,
}

/// A value that an attribute may have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Text(String),
    Int(i64),
    Float(f64),
}

/// A span that has ended. Times are nanoseconds since 1970.
#[derive(Debug)]
pub struct Span {
    pub context: SpanContext,
    pub parent: Option<u64>,
    pub name: String,
    pub kind: Kind,
    pub start: u64,
    pub end: u64,
    pub attributes: Vec<(&'static str, Value)>,
    /// What went wrong, where something did.
    pub error: Option<String>,
}

/// Takes ended spans. Must not block.
pub trait Spans: Send + Sync {
    /// A new span's id, never 0.
    fn id(&self) -> u64;
    fn record(&self, span: Span);
    /// The call with this number is over.
    fn over(&self, request: u64);
}

/// A moment, for people and for measuring.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    time: u64,
    clock: Instant,
}

impl Moment {
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { time: nanos(since), clock: Instant::now() }
    }

    /// Nanoseconds since 1970.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Nanoseconds since 1970 now, by a clock that nobody sets meanwhile.
    pub fn end(&self) -> u64 {
        self.time.saturating_add(nanos(self.clock.elapsed()))
    }
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Spans of a guest in each other; deeper ones are not followed.
const DEEPEST: usize = 64;

/// One call under trace: an extension of the request that it answers.
pub struct CallTrace {
    /// That of the call's own span.
    pub context: SpanContext,
    parent: u64,
    request: u64,
    spans: Arc<dyn Spans>,
    began: Moment,
    /// Where the instance's start began.
    starting: OnceLock<Moment>,
    /// The guest's own spans that have begun and not ended, the innermost last.
    inside: Mutex<Vec<u64>>,
}

impl CallTrace {
    /// The call with this number, asked from within `parent`.
    pub fn new(parent: &SpanContext, request: u64, spans: Arc<dyn Spans>) -> Arc<Self> {
        Arc::new(Self {
            context: parent.child(spans.id()),
            parent: parent.span,
            request,
            spans,
            began: Moment::now(),
            starting: OnceLock::new(),
            inside: Mutex::default(),
        })
    }

    /// What the guest does next belongs to a span of its own.
    pub fn enter(&self, span: u64) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.len() < DEEPEST {
            inside.push(span);
        }
    }

    /// The guest's own span has ended.
    pub fn leave(&self, span: u64) {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != span);
    }

    /// Where in the trace the guest is: in its innermost span, or that of the call.
    pub(crate) fn place(&self) -> SpanContext {
        let inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner).last().copied();
        self.context.child(inside.unwrap_or(self.context.span))
    }

    pub(crate) fn starts(&self) {
        // A call has one instance.
        let _ = self.starting.set(Moment::now());
    }

    pub(crate) fn started(&self) {
        if let (true, Some(began)) = (self.context.sampled, self.starting.get()) {
            self.spans.record(Span {
                context: self.context.child(self.spans.id()),
                parent: Some(self.context.span),
                name: "instantiate".to_owned(),
                kind: Kind::Internal,
                start: began.time(),
                end: began.end(),
                attributes: Vec::new(),
                error: None,
            });
        }
    }

    pub(crate) fn ended(&self, outcome: &Outcome<'_>) {
        if !self.context.sampled {
            return;
        }
        let memory = i64::try_from(outcome.peak_memory).unwrap_or(i64::MAX);
        let mut attributes = vec![
            ("atoll.component", Value::Text(outcome.component.to_owned())),
            ("atoll.cpu_seconds", Value::Float(outcome.cpu.as_secs_f64())),
            ("atoll.peak_memory_bytes", Value::Int(memory)),
        ];
        let error = match outcome.failure {
            Some(failure) => {
                attributes.push(("error.type", Value::Text(failure.code.as_str().to_owned())));
                Some(failure.message.clone())
            }
            None => outcome.cancelled.then(|| "the client left before the end".to_owned()),
        };
        self.spans.record(Span {
            context: self.context.clone(),
            parent: Some(self.parent),
            name: format!("call {}", outcome.component),
            kind: Kind::Internal,
            start: self.began.time(),
            end: self.began.end(),
            attributes,
            error,
        });
    }
}

impl Drop for CallTrace {
    fn drop(&mut self) {
        self.spans.over(self.request);
    }
}

/// The call that an instance answers at the moment. None where traces are off, or where it answers several at once.
#[derive(Clone, Default)]
pub struct Current(Arc<Mutex<Option<Arc<CallTrace>>>>);

impl Current {
    pub fn of(trace: Arc<CallTrace>) -> Self {
        Self(Arc::new(Mutex::new(Some(trace))))
    }

    pub(crate) fn set(&self, trace: Option<Arc<CallTrace>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trace;
    }

    pub fn get(&self) -> Option<Arc<CallTrace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
