//! What the callbacks of a connection know of the statement that runs on it: where it runs, who waits for it, what it was refused.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// As long a statement may hold up the other guests of the runtime's thread. It is begun anew aside.
pub(super) const SLICE: Duration = Duration::from_millis(1);
/// How long a statement aside waits for another one's lock, and a guest for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// The longest pause between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(10);

/// Where a statement runs.
#[derive(Clone)]
pub(super) enum Pace {
    /// On the runtime's thread.
    Here,
    /// On a thread that may wait; the flag says that nobody waits for it any more.
    Aside(Arc<AtomicBool>),
}

struct Turn {
    pace: Pace,
    began: Instant,
    refusal: Option<String>,
}

pub(super) struct Control {
    turn: Mutex<Turn>,
    /// Whether statements of SQLite's own are prepared now: those that a running VACUUM consists of.
    pub(super) stepping: AtomicBool,
    /// Whether the connection is no longer as it was opened, so that no other guest may have it.
    pub(super) soiled: AtomicBool,
    /// Pages in the write-ahead log after the last commit.
    pub(super) log_pages: AtomicU32,
}

impl Control {
    pub(super) fn new() -> Arc<Self> {
        let turn = Turn { pace: Pace::Here, began: Instant::now(), refusal: None };
        Arc::new(Self {
            turn: Mutex::new(turn),
            stepping: AtomicBool::new(false),
            soiled: AtomicBool::new(false),
            log_pages: AtomicU32::new(0),
        })
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, pace: Pace) {
        *self.turn() = Turn { pace, began: Instant::now(), refusal: None };
    }

    /// Asked while a statement runs, every so many instructions.
    pub(super) fn must_stop(&self) -> bool {
        let turn = self.turn();
        match &turn.pace {
            Pace::Here => turn.began.elapsed() > SLICE,
            Pace::Aside(cancelled) => cancelled.load(Relaxed),
        }
    }

    /// Asked when another connection holds a lock, for the `times`th time. Waits, or gives up.
    pub(super) fn waits(&self, times: i32) -> bool {
        let Pace::Aside(cancelled) = self.turn().pace.clone() else { return false };
        let times = times.unsigned_abs();
        if cancelled.load(Relaxed) || PAUSE * times >= PATIENCE {
            return false;
        }
        std::thread::sleep(PAUSE.min(Duration::from_millis(u64::from(times) + 1)));
        true
    }

    pub(super) fn refuse(&self, why: impl Into<String>) {
        self.turn().refusal = Some(why.into());
    }

    /// Why the statement was not authorized.
    pub(super) fn refusal(&self) -> Option<String> {
        self.turn().refusal.take()
    }

    pub(super) fn soil(&self) {
        self.soiled.store(true, Relaxed);
    }

    pub(super) fn is_soiled(&self) -> bool {
        self.soiled.load(Relaxed)
    }
}
