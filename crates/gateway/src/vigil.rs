//! Looking for the next request for a moment before the worker sleeps.
//!
//! Waking an idle core takes longer than many guests run. So, while requests follow each other within [`Vigil::most`], the worker stays
//! awake for as long after an answer; the first longer pause ends that until several short ones have been seen. An idle server sleeps.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Short pauses in a row that show a busy client.
const SHORT_PAUSES: u32 = 4;

/// What one worker knows of its pauses. All of it happens on the worker's one thread; atomics are for the compiler.
pub(crate) struct Vigil {
    most: Duration,
    start: Instant,
    /// Requests that are being answered.
    live: AtomicU32,
    /// Nanoseconds from `start` to the end of the last answer.
    idle_since: AtomicU64,
    short: AtomicU32,
    idle: Notify,
}

/// A request that is being answered.
pub(crate) struct Attended<'a>(Option<&'a Vigil>);

impl Vigil {
    /// Stays awake for at most `most` after an answer; zero never does.
    pub(crate) fn new(most: Duration) -> Self {
        Self {
            most,
            start: Instant::now(),
            live: AtomicU32::new(0),
            idle_since: AtomicU64::new(0),
            short: AtomicU32::new(0),
            idle: Notify::new(),
        }
    }

    /// A request came.
    pub(crate) fn attend(&self) -> Attended<'_> {
        if self.most.is_zero() {
            return Attended(None);
        }
        if self.live.fetch_add(1, Relaxed) == 0 {
            let short = if self.pause() <= self.most { self.short.load(Relaxed).saturating_add(1) } else { 0 };
            self.short.store(short, Relaxed);
        }
        Attended(Some(self))
    }

    /// Stay awake where it pays, for ever.
    pub(crate) async fn keep(&self) {
        loop {
            self.idle.notified().await;
            while self.live.load(Relaxed) == 0 && self.pause() <= self.most {
                // The runtime looks for events; then whoever else wants this core has it.
                tokio::task::yield_now().await;
                std::thread::yield_now();
            }
        }
    }

    fn pause(&self) -> Duration {
        let since = Duration::from_nanos(self.idle_since.load(Relaxed));
        self.start.elapsed().saturating_sub(since)
    }
}

impl Drop for Attended<'_> {
    fn drop(&mut self) {
        let Some(vigil) = self.0 else { return };
        if vigil.live.fetch_sub(1, Relaxed) > 1 {
            return;
        }
        let now = u64::try_from(vigil.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        vigil.idle_since.store(now, Relaxed);
        if vigil.short.load(Relaxed) >= SHORT_PAUSES {
            vigil.idle.notify_one();
        }
    }
}
