//! Where guests spend their time and their memory: their stacks, sampled at epoch ticks, and what they ask of the host.
//!
//! Whoever measures switches a component's profile on and takes what was gathered. While it is off, a tick costs one look at a flag.

mod host;
mod sampler;

pub(crate) use host::Attending;
pub(crate) use sampler::Sampler;

use crate::frames::Frame;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Stacks that differ are counted up to here; what comes then is counted together.
const MOST_STACKS: usize = 100_000;

/// The profile of one component. It outlives the sandbox, as an app that is loaded anew is the same app.
#[derive(Debug, Default)]
pub struct Profile {
    on: AtomicBool,
    gathered: Mutex<Gathered>,
}

/// A function that the host answers, as its interface names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Asked {
    pub(crate) interface: String,
    pub(crate) function: String,
}

/// How often something was, and how long it took.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Spent {
    calls: u64,
    nanos: u64,
    longest: u64,
}

/// What one stack was seen doing.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Seen {
    /// Ticks, which are a millisecond apart.
    samples: u64,
    /// Bytes that linear memories grew by.
    grown: u64,
}

#[derive(Debug, Default)]
struct Gathered {
    frames: Vec<Frame>,
    known: HashMap<Frame, u32>,
    /// By the numbers of their frames, innermost first.
    stacks: HashMap<Vec<u32>, Seen>,
    asked: HashMap<Asked, Spent>,
}

/// What was gathered, for whoever draws it.
#[derive(Debug, Serialize)]
pub struct Profiled {
    frames: Vec<Frame>,
    stacks: Vec<Stack>,
    host: Vec<Host>,
}

#[derive(Debug, Serialize)]
struct Stack {
    frames: Vec<u32>,
    #[serde(flatten)]
    seen: Seen,
}

#[derive(Debug, Serialize)]
struct Host {
    #[serde(flatten)]
    asked: Asked,
    #[serde(flatten)]
    spent: Spent,
}

impl Profile {
    pub fn switch(&self, on: bool) {
        if on {
            host::listen();
        }
        self.on.store(on, Relaxed);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Relaxed)
    }

    /// What was gathered since the last time.
    pub fn take(&self) -> Profiled {
        let Gathered { frames, stacks, asked, .. } = std::mem::take(&mut *self.gathered());
        let stacks = stacks.into_iter().map(|(frames, seen)| Stack { frames, seen });
        let host = asked.into_iter().map(|(asked, spent)| Host { asked, spent });
        Profiled { frames, stacks: stacks.collect(), host: host.collect() }
    }

    /// A guest was seen with this stack, innermost frame first.
    fn saw<'a>(&self, stack: impl Iterator<Item = &'a Frame>, samples: u64, grown: u64) {
        let mut gathered = self.gathered();
        let mut numbers: Vec<u32> = stack.map(|frame| gathered.number(frame)).collect();
        if gathered.stacks.len() >= MOST_STACKS && !gathered.stacks.contains_key(&numbers) {
            numbers = vec![gathered.number(&Frame { function: "(other stacks)".into(), place: None })];
        }
        let seen = gathered.stacks.entry(numbers).or_default();
        seen.samples += samples;
        seen.grown += grown;
    }

    pub(crate) fn asked(&self, asked: Asked, nanos: u64) {
        let mut gathered = self.gathered();
        let spent = gathered.asked.entry(asked).or_default();
        spent.calls += 1;
        spent.nanos += nanos;
        spent.longest = spent.longest.max(nanos);
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn number(&mut self, frame: &Frame) -> u32 {
        if let Some(number) = self.known.get(frame) {
            return *number;
        }
        let number = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        self.frames.push(frame.clone());
        self.known.insert(frame.clone(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str) -> Frame {
        Frame { function: function.into(), place: None }
    }

    #[test]
    fn equal_stacks_are_counted_together_until_they_are_taken() {
        let profile = Profile::default();
        let (inner, outer) = (frame("inner"), frame("outer"));
        profile.saw([&inner, &outer].into_iter(), 1, 0);
        profile.saw([&inner, &outer].into_iter(), 1, 64);
        profile.saw([&outer].into_iter(), 1, 0);
        let mut taken = profile.take();
        taken.stacks.sort_by_key(|stack| stack.frames.len());
        let told = serde_json::to_value(&taken.stacks).unwrap();
        let expected = serde_json::json!([
            {"frames": [1], "samples": 1, "grown": 0},
            {"frames": [0, 1], "samples": 2, "grown": 64},
        ]);
        assert_eq!(told, expected);
        assert!(profile.take().stacks.is_empty());
    }

    #[test]
    fn what_the_host_was_asked_is_counted_by_function() {
        let profile = Profile::default();
        let asked = || Asked { interface: "wasi:clocks".into(), function: "now".into() };
        for nanos in [10, 30, 20] {
            profile.asked(asked(), nanos);
        }
        let told = serde_json::to_value(profile.take().host).unwrap();
        let expected =
            serde_json::json!([{"interface": "wasi:clocks", "function": "now", "calls": 3, "nanos": 60, "longest": 30}]);
        assert_eq!(told, expected);
    }
}
