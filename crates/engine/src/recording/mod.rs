//! Calls that are kept with everything that passed between the guest and the host, so that they can be run again.
//!
//! Everything that a guest can know comes to it through a host function: clocks, random numbers and the request as well. Whoever gives
//! the same answers again sees the same run. A recording is lines of JSON, the first about the call, one more for each host function.

pub(crate) mod json;
mod mask;
mod read;

use crate::guest::HandlerKind;
use crate::observe::Outcome;
use mask::{Passing, Secrets};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wasmtime::component::watch::{Passed, Watcher};

/// Recordings of this kind; another number once they are read in another way.
pub(crate) const VERSION: u32 = 1;

/// What one call may leave behind; a recording that would be longer is given up.
const MOST_BYTES: usize = 64 << 20;

/// Which calls are kept; all where nothing is said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Those that failed or were answered by a status of 500 and more.
    pub errors: bool,
    /// Those that took longer, in milliseconds.
    pub slower_ms: Option<u64>,
    /// Those whose request has one of these headers.
    pub headers: Vec<String>,
}

impl Wanted {
    fn is_all(&self) -> bool {
        !self.errors && self.slower_ms.is_none() && self.headers.is_empty()
    }

    fn by_header(&self, request: &http::HeaderMap) -> bool {
        self.headers.iter().any(|name| request.contains_key(name.as_str()))
    }

    fn keeps(&self, call: &Call, took: Duration, failed: bool) -> bool {
        let is_error = failed || call.status.is_some_and(|status| status >= 500);
        let is_slow = self.slower_ms.is_some_and(|most| took > Duration::from_millis(most));
        self.is_all() || call.has_header || (self.errors && is_error) || is_slow
    }
}

/// Takes recordings; a call's thread must not wait for it.
pub trait Keeper: Send + Sync {
    fn keep(&self, recording: Recording);

    /// One that was wanted cannot be kept; `why` says what there was too much of, or what could not be read.
    fn give_up(&self, component: &str, request: u64, why: &str);
}

/// Of one component.
pub struct Recorder {
    pub wanted: Wanted,
    pub keeper: Arc<dyn Keeper>,
    /// What the component is, for whoever runs it again.
    pub guest: Value,
    /// The variables that are secrets.
    pub secrets: BTreeSet<String>,
}

/// What is known of a call when its recording is kept: the first line.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Call {
    pub recording: u32,
    pub component: String,
    /// The request's number, as the logs have it.
    pub request: u64,
    pub method: String,
    pub uri: String,
    /// Milliseconds since 1970.
    pub time: u64,
    pub took_us: u64,
    /// None where there was no answer.
    pub status: Option<u16>,
    /// Why it failed: code and message.
    pub failure: Option<(String, String)>,
    /// Whoever asked left before the end.
    pub cancelled: bool,
    /// By which of its exports the guest was called.
    pub handler: Option<HandlerKind>,
    /// What that was given.
    pub with: Vec<Value>,
    pub guest: Value,
    #[serde(skip)]
    has_header: bool,
}

impl Call {
    /// Whether it ended from outside: the guest would have gone on.
    pub(crate) fn is_cut(&self) -> bool {
        self.cancelled || self.failure.as_ref().is_some_and(|(code, _)| code.starts_with("limit-"))
    }
}

/// One host function that the guest called.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Asked {
    pub interface: String,
    pub function: String,
    pub with: Vec<Value>,
    /// None where it ended the guest, or where the call ended before it did.
    pub gave: Option<Vec<Value>>,
    /// It returns later: an event with this number tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<u32>,
    pub took_us: u64,
}

/// What asynchronous guests ask of the component model itself, and what they are told: among the host functions, as interfaces of their own.
pub(crate) const BUILTIN: &str = "builtin";
pub(crate) const EVENT: &str = "event";

/// The names of events, by the numbers that guests know them by.
pub(crate) const EVENTS: &[&str] =
    &["none", "subtask", "stream-read", "stream-write", "future-read", "future-write", "task-cancelled"];

/// A whole call.
pub struct Recording {
    call: Call,
    asked: Vec<Asked>,
    secrets: Secrets,
}

impl Recording {
    pub fn component(&self) -> &str {
        &self.call.component
    }

    pub fn request(&self) -> u64 {
        self.call.request
    }

    pub fn time(&self) -> u64 {
        self.call.time
    }

    /// The lines of the file, without the secrets.
    pub fn lines(mut self) -> serde_json::Result<Vec<u8>> {
        let mut lines = Vec::new();
        let mut call = serde_json::to_value(&self.call)?;
        self.secrets.mask(&mut call);
        serde_json::to_writer(&mut lines, &call)?;
        for asked in &mut self.asked {
            let values = asked.with.iter_mut().chain(asked.gave.iter_mut().flatten());
            values.for_each(|value| self.secrets.mask(value));
            lines.push(b'\n');
            serde_json::to_writer(&mut lines, asked)?;
        }
        lines.push(b'\n');
        Ok(lines)
    }
}

/// What one call leaves behind while it runs.
pub struct Tape {
    recorder: Arc<Recorder>,
    component: Arc<str>,
    request: u64,
    method: String,
    uri: String,
    has_header: bool,
    began: Instant,
    status: AtomicU16,
    entry: OnceLock<(HandlerKind, Vec<Value>)>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    asked: Vec<Asked>,
    began: Option<Instant>,
    bytes: usize,
    secrets: Secrets,
    /// Why it cannot be run again.
    spoiled: Option<&'static str>,
}

impl Recorder {
    /// For one call; None where it would not be kept anyway.
    pub(crate) fn tape<B>(self: &Arc<Self>, component: Arc<str>, request: &http::Request<B>, number: u64) -> Option<Arc<Tape>> {
        let has_header = self.wanted.by_header(request.headers());
        if !has_header && !self.wanted.headers.is_empty() && !self.wanted.errors && self.wanted.slower_ms.is_none() {
            return None;
        }
        let heard = Heard { secrets: Secrets::of_request(request.headers()), ..Heard::default() };
        Some(Arc::new(Tape {
            recorder: self.clone(),
            component,
            request: number,
            method: request.method().to_string(),
            uri: request.uri().to_string(),
            has_header,
            began: Instant::now(),
            status: AtomicU16::new(0),
            entry: OnceLock::new(),
            heard: Mutex::new(heard),
        }))
    }
}

impl Tape {
    /// The guest is called by this export, and given this.
    pub(crate) fn begins(&self, kind: HandlerKind, with: Vec<Value>) {
        let _ = self.entry.set((kind, with));
    }

    pub(crate) fn answered(&self, status: http::StatusCode) {
        self.status.store(status.as_u16(), Relaxed);
    }

    /// The call has ended: keep its recording, if it is wanted.
    pub(crate) fn close(&self, outcome: &Outcome<'_>) {
        let took = self.began.elapsed();
        let status = Some(self.status.load(Relaxed)).filter(|status| *status > 0);
        let (handler, with) = self.entry.get().cloned().map_or((None, Vec::new()), |(kind, with)| (Some(kind), with));
        let since = SystemTime::now().checked_sub(took).and_then(|began| began.duration_since(UNIX_EPOCH).ok());
        let call = Call {
            recording: VERSION,
            component: self.component.to_string(),
            request: self.request,
            method: self.method.clone(),
            uri: self.uri.clone(),
            time: since.map_or(0, millis),
            took_us: micros(took),
            status,
            failure: outcome.failure.map(|failure| (failure.code.as_str().to_owned(), failure.message.clone())),
            cancelled: outcome.cancelled,
            handler,
            with,
            guest: self.recorder.guest.clone(),
            has_header: self.has_header,
        };
        let Heard { asked, secrets, spoiled, .. } = std::mem::take(&mut *self.heard());
        if !self.recorder.wanted.keeps(&call, took, outcome.failure.is_some()) {
            return;
        }
        match spoiled {
            None => self.recorder.keeper.keep(Recording { call, asked, secrets }),
            Some(why) => self.recorder.keeper.give_up(&self.component, self.request, why),
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Tape {
    fn called(&self, interface: &str, function: &str, mut params: Passed<'_>) {
        let with = read::values(&mut params);
        self.heard().begins(interface, function, with);
    }

    fn returned(&self, interface: &str, function: &str, mut results: Passed<'_>) {
        let gave = read::values(&mut results);
        self.heard().ends(interface, function, gave, &self.recorder.secrets);
    }

    fn ended(&self, _: &str, _: &str) {}

    fn postponed(&self, interface: &str, function: &str, handle: u32) {
        if let Some(asked) = self.heard().open(interface, function) {
            asked.later = Some(handle);
        }
    }

    fn uses(&self, builtin: &'static str, arguments: &[u32], items: Option<Passed<'_>>) -> wasmtime::Result<()> {
        let with = used(arguments, items);
        self.heard().begins(BUILTIN, builtin, with);
        Ok(())
    }

    fn used(&self, builtin: &'static str, _: &[u32], gave: u64, items: Option<Passed<'_>>) -> wasmtime::Result<()> {
        let items = items.map(|mut items| read::values(&mut items));
        let mut heard = self.heard();
        let gave = match items {
            None => Some(vec![gave.into()]),
            Some(items) => items.map(|items| vec![gave.into(), items.into()]),
        };
        heard.ends(BUILTIN, builtin, gave, &self.recorder.secrets);
        Ok(())
    }

    fn told(&self, kind: u32, handle: u32, code: u32, values: Option<Passed<'_>>) -> wasmtime::Result<()> {
        let values = values.map(|mut values| read::values(&mut values));
        let mut heard = self.heard();
        let name = EVENTS.get(kind as usize).copied().unwrap_or_default();
        heard.begins(EVENT, name, Some(numbers(&[handle, code])));
        heard.ends(EVENT, name, values.unwrap_or_else(|| Some(Vec::new())), &self.recorder.secrets);
        Ok(())
    }
}

/// What a built-in is called with, and the items that it writes; None where these cannot be read.
pub(crate) fn used(arguments: &[u32], items: Option<Passed<'_>>) -> Option<Vec<Value>> {
    let mut with = numbers(arguments);
    if let Some(mut items) = items {
        with.push(read::values(&mut items)?.into());
    }
    Some(with)
}

fn numbers(numbers: &[u32]) -> Vec<Value> {
    numbers.iter().map(|number| (*number).into()).collect()
}

impl Heard {
    fn begins(&mut self, interface: &str, function: &str, with: Option<Vec<Value>>) {
        let Some(with) = self.counted(with) else { return };
        self.began = Some(Instant::now());
        let (interface, function) = (interface.to_owned(), function.to_owned());
        self.asked.push(Asked { interface, function, with, gave: None, later: None, took_us: 0 });
    }

    /// The last call of this function that has not returned.
    fn open(&mut self, interface: &str, function: &str) -> Option<&mut Asked> {
        let mut waiting = self.asked.iter_mut().rev().filter(|asked| asked.gave.is_none() && asked.later.is_none());
        waiting.find(|asked| asked.interface == interface && asked.function == function)
    }

    fn ends(&mut self, interface: &str, function: &str, gave: Option<Vec<Value>>, variables: &BTreeSet<String>) {
        let took = self.began.take().map_or(0, |began| micros(began.elapsed()));
        let Some(gave) = self.counted(gave) else { return };
        let Some(ended) = self.open(interface, function) else { return };
        ended.took_us = took;
        ended.gave = Some(gave);
        // What came with an event is the result of a call before it.
        let handle = ended.with.first().filter(|_| interface == EVENT).cloned();
        let Self { asked, secrets, .. } = self;
        let of = |wanted: &dyn Fn(&Asked) -> bool| asked.iter().rev().find(|asked| wanted(asked));
        let ended = of(&|asked| asked.interface == interface && asked.function == function && asked.gave.is_some());
        let call = handle.and_then(|handle| of(&|asked| asked.later.is_some_and(|later| handle == later))).or(ended);
        if let (Some(call), Some(ended)) = (call, ended) {
            let results = ended.gave.as_deref();
            secrets.learn(&Passing { interface: &call.interface, params: &call.with, results }, variables);
        }
    }

    /// The values, if they were understood and there is room for them.
    fn counted(&mut self, values: Option<Vec<Value>>) -> Option<Vec<Value>> {
        self.bytes += values.iter().flatten().map(weight).sum::<usize>();
        if values.is_none() {
            self.spoil("it passes values that lie outside of its memory, are too many, or are error contexts");
        } else if self.bytes > MOST_BYTES {
            self.spoil("it passes more than 64 MiB");
        }
        values.filter(|_| self.spoiled.is_none())
    }

    fn spoil(&mut self, why: &'static str) {
        self.spoiled = self.spoiled.or(Some(why));
        self.asked = Vec::new();
    }
}

/// About the memory that a value takes.
fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + weight(value)).sum(),
            _ => 0,
        }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
