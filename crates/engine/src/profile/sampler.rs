//! Looks at the stacks of one sandbox's guests.

use super::Profile;
use crate::frames::{Frame, frames_of};
use crate::state::State;
use crate::ticker::Ticker;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::{AsContext, StoreContextMut, WasmBacktrace};

/// Where the first memory of an instance is counted: no function of the guest asked for it.
const START: &str = "(first memory)";

/// Frames of a stack that are kept at each end: a guest that calls itself without end has no more to tell.
const END: usize = 256;

/// One sandbox's part of its component's profile.
pub(crate) struct Sampler {
    profile: Arc<Profile>,
    ticker: Arc<Ticker>,
    engine: wasmtime::Engine,
    /// The number of where a first memory is counted.
    start: u32,
    /// The numbers of the frames at each instruction that was met: a lookup in debug information takes long. Code stays
    /// where it is for as long as the sandbox lives.
    met: Mutex<HashMap<usize, Arc<[u32]>>>,
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampler").finish_non_exhaustive()
    }
}

impl Sampler {
    pub(crate) fn new(profile: Arc<Profile>, ticker: Arc<Ticker>, engine: wasmtime::Engine) -> Self {
        let start = profile.number(&Frame { function: START.into(), place: None });
        Self { profile, ticker, engine, start, met: Mutex::default() }
    }

    pub(crate) fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// A memory grew: who asked for it is seen at the guest's next look at the epoch, which now comes at once.
    pub(crate) fn grew(&self, by: u64, is_first: bool) {
        if !self.profile.is_on() {
            return;
        }
        if is_first {
            self.profile.saw(vec![self.start], 0, by);
        } else {
            self.engine.increment_epoch();
        }
    }

    /// The guest of `store` has met a tick. It is counted where it is now, unless it met a tick that is long gone: of a guest that
    /// waited for the host, that would tell where it came back to.
    pub(crate) fn look(&self, mut store: StoreContextMut<'_, State>) {
        let meter = &mut store.data_mut().meter;
        let grown = meter.take_grown();
        // A memory that grows moves the epoch on, too: that is no tick, neither for its own guest nor for others.
        let ticked = self.ticker.just_ticked().is_some_and(|tick| grown == 0 && meter.counts(tick));
        let samples = u64::from(ticked);
        if !self.profile.is_on() || (samples, grown) == (0, 0) {
            return;
        }
        let counters = both_ends(WasmBacktrace::counters(&store));
        let mut stack = Vec::with_capacity(counters.len());
        for counter in counters {
            stack.extend_from_slice(&self.at(&store, counter));
        }
        self.profile.saw(stack, samples, grown);
    }

    fn at(&self, store: impl AsContext<Data = State>, counter: usize) -> Arc<[u32]> {
        if let Some(frames) = self.met.lock().unwrap_or_else(PoisonError::into_inner).get(&counter) {
            return frames.clone();
        }
        let frames = WasmBacktrace::frame_at(store, counter).map(|info| frames_of(&info)).unwrap_or_default();
        let frames: Arc<[u32]> = frames.iter().map(|frame| self.profile.number(frame)).collect();
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(counter, frames.clone());
        frames
    }
}

fn both_ends(mut counters: Vec<usize>) -> Vec<usize> {
    if counters.len() > 2 * END {
        counters.drain(END..counters.len() - END);
    }
    counters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_stack_without_end_both_ends_are_kept() {
        assert_eq!(both_ends(vec![1, 2, 3]), [1, 2, 3]);
        let kept = both_ends((0..10_000).collect());
        assert_eq!((kept.len(), kept[0], kept[2 * END - 1]), (2 * END, 0, 9_999));
    }
}
