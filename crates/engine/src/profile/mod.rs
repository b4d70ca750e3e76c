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
    named: Mutex<Named>,
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

/// The frames that were ever seen, by their numbers.
#[derive(Debug, Default)]
struct Named {
    frames: Vec<Frame>,
    known: HashMap<Frame, u32>,
}

#[derive(Debug, Default)]
struct Gathered {
    /// By the numbers of their frames, innermost first.
    stacks: HashMap<Vec<u32>, Seen>,
    /// By the numbers of the functions.
    asked: Vec<Spent>,
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
        let Gathered { stacks, asked } = std::mem::take(&mut *self.gathered());
        let frames = self.named().frames.clone();
        let stacks = stacks.into_iter().map(|(frames, seen)| Stack { frames, seen });
        let host = asked.into_iter().enumerate().filter(|(_, spent)| spent.calls > 0);
        let host = host.map(|(number, spent)| Host { asked: host::named(number), spent });
        Profiled { frames, stacks: stacks.collect(), host: host.collect() }
    }

    /// A guest was seen with this stack: the numbers of its frames, innermost first.
    fn saw(&self, mut stack: Vec<u32>, samples: u64, grown: u64) {
        let mut gathered = self.gathered();
        if gathered.stacks.len() >= MOST_STACKS && !gathered.stacks.contains_key(&stack) {
            stack = vec![self.number(&Frame { function: "(other stacks)".into(), place: None })];
        }
        let seen = gathered.stacks.entry(stack).or_default();
        seen.samples += samples;
        seen.grown += grown;
    }

    /// A frame has the same number for as long as the profile lives.
    fn number(&self, frame: &Frame) -> u32 {
        let mut named = self.named();
        if let Some(number) = named.known.get(frame) {
            return *number;
        }
        let number = u32::try_from(named.frames.len()).unwrap_or(u32::MAX);
        named.frames.push(frame.clone());
        named.known.insert(frame.clone(), number);
        number
    }

    /// The function of this number was asked for.
    fn asked(&self, number: usize, nanos: u64) {
        let mut gathered = self.gathered();
        if gathered.asked.len() <= number {
            gathered.asked.resize(number + 1, Spent::default());
        }
        let spent = &mut gathered.asked[number];
        spent.calls += 1;
        spent.nanos += nanos;
        spent.longest = spent.longest.max(nanos);
    }

    fn named(&self) -> MutexGuard<'_, Named> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (inner, outer) = (profile.number(&frame("inner")), profile.number(&frame("outer")));
        profile.saw(vec![inner, outer], 1, 0);
        profile.saw(vec![inner, profile.number(&frame("outer"))], 1, 64);
        profile.saw(vec![outer], 1, 0);
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
        let now = host::number(Asked { interface: "wasi:clocks".into(), function: "now".into() });
        for nanos in [10, 30, 20] {
            profile.asked(now.into(), nanos);
        }
        let told = serde_json::to_value(profile.take().host).unwrap();
        let expected =
            serde_json::json!([{"interface": "wasi:clocks", "function": "now", "calls": 3, "nanos": 60, "longest": 30}]);
        assert_eq!(told, expected);
    }
}
