//! Looking for a provider's answer for a moment before the thread that asked sleeps.
//!
//! Waking an idle core takes as long as many answers. So, while calls that wait alone are answered soon, the runtime of the thread that
//! asked stays awake; the first late answer ends that until several soon ones have been seen. What the guest does is not polled
//! meanwhile, so that it is not charged for the wait.

use pyo3::Python;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Soon answers in a row that show a quick provider.
const QUICK: u32 = 4;
/// An answer has a way to a server and back: so many times as long as a next request is looked for.
const LONGER: u32 = 5;
/// A guest's next call comes sooner than that, or the guest computes.
const PAUSE: Duration = Duration::from_micros(100);

/// All of the process: microseconds of an answer that comes soon, calls that wait, all calls so far, soon answers in a row.
static SOON: AtomicU64 = AtomicU64::new(0);
static WAITING: AtomicU32 = AtomicU32::new(0);
static CALLS: AtomicU64 = AtomicU64::new(0);
static STREAK: AtomicU32 = AtomicU32::new(0);

/// From now on, as the settings say how long a next request is looked for; zero always sleeps.
pub(crate) fn stay_awake(busy_poll: Duration) {
    let soon = u64::try_from((busy_poll * LONGER).as_micros()).unwrap_or(u64::MAX);
    SOON.store(soon, Relaxed);
}

fn soon() -> Duration {
    Duration::from_micros(SOON.load(Relaxed))
}

/// A call that waits for its answer.
pub(super) struct Attended(Instant);

/// To be held while a call waits on this thread's runtime.
pub(super) fn attend() -> Attended {
    let (began, call) = (Instant::now(), CALLS.fetch_add(1, Relaxed) + 1);
    let alone = WAITING.fetch_add(1, Relaxed) == 0;
    if let (true, Ok(runtime)) = (alone && STREAK.load(Relaxed) >= QUICK, Handle::try_current()) {
        runtime.spawn(keep(began, call));
    }
    Attended(began)
}

/// Stay awake while this call is the only one that waits, and may be answered soon.
async fn keep(began: Instant, call: u64) {
    while WAITING.load(Relaxed) == 1 && CALLS.load(Relaxed) == call && began.elapsed() <= soon() {
        // The runtime looks for events; then whoever else wants this core has it.
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Relaxed);
        let streak = if self.0.elapsed() <= soon() { STREAK.load(Relaxed).saturating_add(1) } else { 0 };
        STREAK.store(streak, Relaxed);
    }
}

/// Where quick answers follow each other, the providers' loop looks for the `next` call before it sleeps, too: a guest's next call comes
/// soon after an answer.
pub(super) fn pause(py: Python<'_>, next: &AtomicBool) {
    if STREAK.load(Relaxed) < QUICK {
        return;
    }
    py.detach(|| {
        let began = Instant::now();
        while !next.load(Relaxed) && began.elapsed() < PAUSE {
            std::thread::yield_now();
        }
    });
}
