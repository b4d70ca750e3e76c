//! A guest's own traces, metrics and logs, on their way to where the host's go: `wasi:otel`. Every component has it; where nothing is
//! exported, what it says goes nowhere.

mod host;

use crate::rooms;
use atoll_bindings::otel as wit;
use atoll_engine::State;
use atoll_engine::output::{Lines, Source};
use atoll_engine::trace::CallTrace;
use serde::Serialize;
use std::io::{Error, Write};
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["wasi:otel/tracing", "wasi:otel/metrics", "wasi:otel/logs", "wasi:otel/types"];

/// Spans, exports of metrics and log records of one call together.
const MOST_ITEMS: u64 = 1_000;
const LIMIT_REACHED: &str = "further telemetry of this call is dropped: it is more than 1000 spans, metrics and log records, or more \
                             bytes than the log limit; `tool.atoll.limits.log_bytes` raises that";

/// What a guest tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    Span,
    Metrics,
    Log,
}

/// One span, export of metrics or log record, as WIT writes it, in JSON.
#[derive(Debug)]
pub struct Told {
    pub signal: Signal,
    pub component: Arc<str>,
    pub request: u64,
    pub document: String,
}

/// Whoever exports. Must not block.
pub trait Telemetry: Send + Sync {
    fn wants(&self, signal: Signal) -> bool;
    /// Whether spans of a trace are recorded that no request of this host belongs to.
    fn samples(&self, trace: u128) -> bool;
    fn take(&self, told: Told);
    /// The guest said too much, or what is none of these.
    fn dropped(&self);
}

/// Where one component's telemetry goes. The default is nowhere.
#[derive(Clone, Default)]
pub struct Granted(Option<Sink>);

#[derive(Clone)]
struct Sink {
    component: Arc<str>,
    lines: Arc<dyn Lines>,
    telemetry: Arc<dyn Telemetry>,
}

impl Granted {
    /// `lines` learn where a call said too much.
    pub fn new(component: Arc<str>, lines: Arc<dyn Lines>, telemetry: Arc<dyn Telemetry>) -> Self {
        Self(Some(Sink { component, lines, telemetry }))
    }
}

/// What the call has told so far.
#[derive(Default)]
pub(crate) struct Open {
    items: u64,
    bytes: u64,
    full: bool,
}

/// One host call.
pub(crate) struct Guest<'a> {
    granted: &'a Granted,
    open: &'a mut Open,
    request: u64,
    most: u64,
    trace: Option<Arc<CallTrace>>,
}

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (request, most, trace) = (state.request(), state.log_bytes(), state.trace());
    let (granted, call) = rooms::of(state);
    Guest { granted: &granted.otel, open: &mut call.otel, request, most, trace }
}

pub(crate) fn link(linker: &mut Linker<State>, _many_tasks: bool) -> wasmtime::Result<()> {
    wit::wasi::otel::tracing::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasi::otel::metrics::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasi::otel::logs::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasi::otel::types::add_to_linker::<_, Room>(linker, guest)
}

impl Guest<'_> {
    fn wanting(&self, signal: Signal) -> Option<&Sink> {
        self.granted.0.as_ref().filter(|sink| sink.telemetry.wants(signal))
    }

    /// Hand it over, if anybody wants it. Fails where the call has said too much.
    fn tell(&mut self, signal: Signal, told: &impl Serialize) -> Result<(), &'static str> {
        let Some(sink) = self.wanting(signal).cloned() else { return Ok(()) };
        let left = if self.open.items < MOST_ITEMS { self.most.saturating_sub(self.open.bytes) } else { 0 };
        let Some(document) = written(told, left) else {
            sink.telemetry.dropped();
            if !std::mem::replace(&mut self.open.full, true) {
                sink.lines.line(&sink.component, self.request, Source::Stderr, LIMIT_REACHED.as_bytes());
            }
            return Err(LIMIT_REACHED);
        };
        self.open.items += 1;
        self.open.bytes += document.len() as u64;
        sink.telemetry.take(Told { signal, component: sink.component, request: self.request, document });
        Ok(())
    }
}

/// None where it is longer than `most`: what does not fit is never written.
fn written(told: &impl Serialize, most: u64) -> Option<String> {
    let mut bounded = Bounded { text: Vec::new(), most: usize::try_from(most).unwrap_or(usize::MAX) };
    serde_json::to_writer(&mut bounded, told).ok()?;
    String::from_utf8(bounded.text).ok()
}

struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        if part.len() > self.most.saturating_sub(self.text.len()) {
            return Err(Error::other("too long"));
        }
        self.text.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
