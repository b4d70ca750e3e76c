//! Answers a guest as the recording says, as long as it asks what it asked then.

use crate::frames::Frame;
use crate::recording::json::{FUTURE, STREAM};
use crate::recording::{Asked, BUILTIN, EVENT, EVENTS, used};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use wasmtime::Result;
use wasmtime::component::StreamResult;
use wasmtime::component::watch::{BLOCKED, Passed, Watcher};

/// A host function that the guest has called, for whoever follows it.
#[derive(Debug, Serialize)]
pub struct Step<'a> {
    /// From 1.
    pub number: usize,
    pub of: usize,
    pub asked: &'a Asked,
    /// Where the guest stands.
    pub stack: Vec<Frame>,
}

/// Told of each step, before the guest goes on; false ends it there.
pub type Follow = Box<dyn FnMut(&Step<'_>) -> bool + Send>;

/// What the guest does otherwise than when it was recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// From 1.
    pub number: usize,
    /// None where nothing more was recorded.
    pub recorded: Option<Asked>,
    /// What it asks now; None where it has ended.
    pub now: Option<Now>,
    /// Where it stands.
    pub stack: Vec<Frame>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Now {
    pub interface: String,
    pub function: String,
    pub with: Vec<Value>,
}

/// What is left to be answered.
pub(super) struct Player {
    asked: Vec<Asked>,
    pub(super) at: usize,
    pub(super) difference: Option<Difference>,
    /// Whoever follows has had enough.
    pub(super) is_left: bool,
    /// The call was cut off when it was recorded: the guest may ask for more.
    is_cut: bool,
    /// The guest has come to where the recording ends, be it cut off or ended by a host function.
    pub(super) is_over: bool,
    follow: Option<Follow>,
    /// The built-in that runs.
    running: Option<usize>,
    /// The ends that the guest writes to, by those that it passes on.
    writable: BTreeMap<u32, u32>,
    /// Those who wait until the guest has come further.
    waiting: Vec<Waker>,
}

pub(super) type Shared = Arc<Mutex<Player>>;

pub(super) fn lock(player: &Shared) -> MutexGuard<'_, Player> {
    player.lock().unwrap_or_else(PoisonError::into_inner)
}

/// In the lowest bits of what a read or a write gives: the other end is gone.
const DROPPED: u64 = 1;

/// What a read or a write came to.
pub(super) struct Moved {
    pub(super) count: usize,
    pub(super) result: StreamResult,
    /// What was read.
    pub(super) items: Vec<Value>,
}

impl Player {
    pub(super) fn new(asked: Vec<Asked>, is_cut: bool, follow: Option<Follow>) -> Shared {
        Arc::new(Mutex::new(Self {
            asked,
            at: 0,
            difference: None,
            is_left: false,
            is_cut,
            is_over: false,
            follow,
            running: None,
            writable: BTreeMap::new(),
            waiting: Vec::new(),
        }))
    }

    pub(super) fn of(&self) -> usize {
        self.asked.len()
    }

    /// The guest has ended: what it has not asked is a difference, too.
    pub(super) fn ended(&mut self) {
        if self.difference.is_none()
            && !self.is_left
            && let Some(asked) = self.asked.get(self.at)
        {
            let recorded = Some(asked.clone());
            self.difference = Some(Difference { number: self.at + 1, recorded, now: None, stack: Vec::new() });
        }
    }

    /// The place of what the guest asks, as it was recorded; an error where it was not, which ends the guest.
    pub(super) fn asks(&mut self, now: Now, stack: impl Fn() -> Vec<Frame>) -> Result<usize> {
        let Self { asked, at, difference, is_left, is_cut, is_over, follow, .. } = self;
        if *is_cut && *at == asked.len() {
            *is_over = true;
            return Err(Stopped.into());
        }
        let (number, of) = (*at + 1, asked.len());
        let recorded = asked.get(*at).filter(|asked| is_same(asked, &now));
        let Some(recorded) = recorded else {
            let recorded = asked.get(*at).cloned();
            *difference = Some(Difference { number, recorded, now: Some(now), stack: stack() });
            return Err(Stopped.into());
        };
        if let Some(follow) = follow
            && !follow(&Step { number, of, asked: recorded, stack: stack() })
        {
            *is_left = true;
            return Err(Stopped.into());
        }
        Ok(number - 1)
    }

    /// The guest goes on behind it.
    pub(super) fn goes_on(&mut self, place: usize) {
        self.at = place + 1;
        self.waiting.drain(..).for_each(Waker::wake);
    }

    pub(super) fn recorded(&self, place: usize) -> &Asked {
        &self.asked[place]
    }

    /// The results of a call that returned at once; an error where it did not return.
    pub(super) fn gave(&mut self, place: usize) -> Result<Vec<Value>> {
        let gave = self.asked[place].gave.clone();
        self.is_over |= gave.is_none();
        gave.ok_or_else(|| Stopped.into())
    }

    /// The results of a call; None where they do not come before the guest has come further.
    pub(super) fn results(&mut self, place: usize, cx: &Context<'_>) -> Option<Result<Vec<Value>>> {
        let Some(handle) = self.asked[place].later else { return Some(self.gave(place)) };
        let next = self.asked.get(self.at).filter(|next| is_event(next, "subtask", handle));
        // Of what is not told of at once, the first event that tells of it is meant.
        let gave = next.and_then(|next| next.gave.clone()).filter(|_| {
            let between = self.asked.get(place + 1..self.at).unwrap_or_default();
            !between.iter().any(|asked| is_event(asked, "subtask", handle))
        });
        if gave.is_none() {
            self.waiting.push(cx.waker().clone());
        }
        gave.map(Ok)
    }

    /// What a read or a write of this end comes to now; None where it has to wait.
    pub(super) fn moved(&mut self, builtin: &str, event: &str, handle: u32, cx: &Context<'_>) -> Option<Moved> {
        let found = match self.running.map(|place| &self.asked[place]) {
            Some(asked) if asked.function == builtin && asked.with.first().is_some_and(|end| *end == handle) => {
                let gave = asked.gave.as_deref().unwrap_or_default();
                let code = gave.first().and_then(Value::as_u64).filter(|code| *code != BLOCKED);
                code.map(|code| (code, gave.get(1).and_then(Value::as_array).cloned()))
            }
            _ => {
                let next = self.asked.get(self.at).filter(|next| is_event(next, event, handle));
                next.and_then(|next| Some((next.with.get(1)?.as_u64()?, next.gave.clone())))
            }
        };
        let Some((code, items)) = found else {
            self.waiting.push(cx.waker().clone());
            return None;
        };
        let result = match code & 0xf {
            0 => StreamResult::Completed,
            DROPPED => StreamResult::Dropped,
            _ => StreamResult::Cancelled,
        };
        Some(Moved { count: usize::try_from(code >> 4).unwrap_or(0), result, items: items.unwrap_or_default() })
    }

    /// Ready once a guest whose call was cut off has come to the end of the recording: what it waits for then never came.
    pub(super) fn poll_cut(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.is_cut && self.at == self.asked.len() {
            self.is_over = true;
            return Poll::Ready(());
        }
        self.waiting.push(cx.waker().clone());
        Poll::Pending
    }

    /// The end that the guest writes to, of one that it has passed; None where it was given that itself.
    pub(super) fn writable(&self, readable: u32) -> Option<u32> {
        self.writable.get(&readable).copied()
    }

    /// Whether what the guest writes next to this end is told to be in vain.
    pub(super) fn is_refused(&self, handle: u32) -> bool {
        let mut rest = self.asked.iter().skip(self.at);
        let next = rest.find(|asked| {
            asked.interface == BUILTIN && asked.function == "future.write" && asked.with.first().is_some_and(|end| *end == handle)
        });
        let code = next.and_then(|asked| asked.gave.as_ref()?.first()?.as_u64());
        code.is_some_and(|code| code != BLOCKED && code & 0xf == DROPPED)
    }
}

fn is_event(asked: &Asked, event: &str, handle: u32) -> bool {
    asked.interface == EVENT && asked.function == event && asked.with.first().is_some_and(|known| *known == handle)
}

/// What is not a version of the same interface is another one; the guest that was built anew may import a newer one.
fn is_same(recorded: &Asked, now: &Now) -> bool {
    let without_version = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
    without_version(&recorded.interface) == without_version(&now.interface)
        && recorded.function == now.function
        && recorded.with.len() == now.with.len()
        && recorded.with.iter().zip(&now.with).all(|(one, other)| is_equal(one, other))
}

/// Streams and futures are as good as each other: their numbers are found in what is done with them.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_end = |name| one.len() == 1 && one.contains_key(name) && other.contains_key(name);
            let same = |(name, value): (&String, &Value)| other.get(name).is_some_and(|other| is_equal(value, other));
            is_end(STREAM) || is_end(FUTURE) || (one.len() == other.len() && one.iter().all(same))
        }
        (one, other) => one == other,
    }
}

/// Ends a guest whose replay has come to its end.
#[derive(Debug)]
pub(super) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the replay has ended")
    }
}

impl std::error::Error for Stopped {}

/// Holds an asynchronous guest to the recording: what it does with streams and futures, and the order in which it is told of events.
pub(super) struct Following(pub(super) Shared);

impl Watcher for Following {
    // The functions themselves ask the player.
    fn called(&self, _: &str, _: &str, _: Passed<'_>) {}
    fn returned(&self, _: &str, _: &str, _: Passed<'_>) {}
    fn ended(&self, _: &str, _: &str) {}
    fn postponed(&self, _: &str, _: &str, _: u32) {}

    fn uses(&self, builtin: &'static str, arguments: &[u32], items: Option<Passed<'_>>) -> Result<()> {
        let with = used(arguments, items).unwrap_or_default();
        let now = Now { with, ..now(BUILTIN, builtin, &[]) };
        let mut player = lock(&self.0);
        let place = player.asks(now, Vec::new)?;
        // Those whose events are before it have been told.
        player.running = Some(place);
        Ok(())
    }

    fn used(&self, builtin: &'static str, arguments: &[u32], gave: u64, _: Option<Passed<'_>>) -> Result<()> {
        let mut player = lock(&self.0);
        let Some(place) = player.running.take() else { return Ok(()) };
        if builtin.ends_with(".new") {
            // Two numbers in one.
            let [readable, writable] = [gave & 0xffff_ffff, gave >> 32].map(|end| u32::try_from(end).unwrap_or(u32::MAX));
            player.writable.insert(readable, writable);
        }
        let then = player.recorded(place).gave.as_ref().and_then(|gave| gave.first()).and_then(Value::as_u64);
        if then != Some(gave) {
            let recorded = Some(player.recorded(place).clone());
            let mut now = now(BUILTIN, builtin, arguments);
            now.with.push(gave.into());
            player.difference = Some(Difference { number: place + 1, recorded, now: Some(now), stack: Vec::new() });
            return Err(Stopped.into());
        }
        player.goes_on(place);
        Ok(())
    }

    fn told(&self, kind: u32, handle: u32, code: u32, _: Option<Passed<'_>>) -> Result<()> {
        let mut player = lock(&self.0);
        let name = EVENTS.get(kind as usize).copied().unwrap_or_default();
        let place = player.asks(now(EVENT, name, &[handle, code]), Vec::new)?;
        player.goes_on(place);
        Ok(())
    }
}

fn now(interface: &str, function: &str, with: &[u32]) -> Now {
    let with = with.iter().map(|number| (*number).into()).collect();
    Now { interface: interface.to_owned(), function: function.to_owned(), with }
}
