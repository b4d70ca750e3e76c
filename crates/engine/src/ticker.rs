//! Moves an engine's epoch on while calls are live: so running guests are looked at, and an idle server sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::thread::Thread;
use std::time::{Duration, Instant};
use wasmtime::EngineWeak;

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without a call before the thread sleeps: waking it costs a call more than a tick does.
const IDLE_TICKS: u32 = 100;
/// How often a sleeping thread asks whether its engine is still there.
const SLEEP: Duration = Duration::from_secs(1);

/// A guest that runs meets a tick within this time.
const MET: Duration = Duration::from_micros(150);

/// The thread of one engine; it ends with the engine.
pub(crate) struct Ticker {
    calls: Arc<Calls>,
    thread: Thread,
}

struct Calls {
    began: Instant,
    /// Nanoseconds after that.
    ticked: AtomicU64,
    live: AtomicUsize,
    asleep: AtomicBool,
}

/// Keeps the epoch moving until it is dropped.
pub(crate) struct Ticking(Arc<Calls>);

impl Ticker {
    pub(crate) fn start(engine: &wasmtime::Engine) -> std::io::Result<Self> {
        let calls = Arc::new(Calls::new());
        let (weak, watched) = (engine.weak(), calls.clone());
        let handle = std::thread::Builder::new().name("atoll-epoch".into()).spawn(move || run(&weak, &watched))?;
        Ok(Self { calls, thread: handle.thread().clone() })
    }

    /// A call begins.
    pub(crate) fn tick(&self) -> Ticking {
        self.calls.live.fetch_add(1, SeqCst);
        if self.calls.asleep.load(SeqCst) {
            self.thread.unpark();
        }
        Ticking(self.calls.clone())
    }
}

impl Ticker {
    /// The last tick, if it is no older than a guest takes to meet it: nanoseconds that name it.
    pub(crate) fn just_ticked(&self) -> Option<u64> {
        let ticked = self.calls.ticked.load(Relaxed);
        let age = self.calls.began.elapsed().saturating_sub(Duration::from_nanos(ticked));
        (age < MET).then_some(ticked)
    }
}

impl Calls {
    fn new() -> Self {
        Self { began: Instant::now(), ticked: AtomicU64::new(0), live: AtomicUsize::new(0), asleep: AtomicBool::new(false) }
    }

    fn ticks(&self) {
        self.ticked.store(u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, SeqCst);
    }
}

fn run(engine: &EngineWeak, calls: &Calls) {
    let mut idle = 0;
    while let Some(engine) = engine.upgrade() {
        calls.ticks();
        engine.increment_epoch();
        drop(engine);
        idle = if calls.live.load(SeqCst) > 0 { 0 } else { idle + 1 };
        if idle < IDLE_TICKS {
            std::thread::sleep(TICK);
            continue;
        }
        calls.asleep.store(true, SeqCst);
        // A call that began before the line above is seen here; a later one wakes the thread.
        if calls.live.load(SeqCst) == 0 {
            std::thread::park_timeout(SLEEP);
        }
        calls.asleep.store(false, SeqCst);
        if calls.live.load(SeqCst) > 0 {
            idle = 0;
        }
    }
}
