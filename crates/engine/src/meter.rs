//! Holds a call to its limits: memory and tables where they grow, CPU and wall time while it is polled.
//!
//! CPU time is the wall time of each poll, but for polls that outlast an epoch tick: from that tick on the thread's CPU clock
//! counts, so that a call is not charged for the time another process took from it. A guest that has waited for something meets
//! the ticks of its wait as soon as it runs again: what it then ran before its tick is no slice, nor a millisecond of CPU.

use crate::limits::{Exceeded, Limits};
use crate::profile::{Attending, Sampler};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use wasmtime::{ResourceLimiter, UpdateDeadline};

/// A poll that a tick ends sooner has not computed for long: it met the tick of an earlier wait, or began just before one.
const SLICE: Duration = Duration::from_micros(500);

/// Between two of the engine's ticks.
const TICK: Duration = Duration::from_millis(1);

/// Whether a poll met an epoch tick.
#[derive(Clone, Copy, PartialEq)]
enum Ticked {
    Never,
    /// Before it had used its slice.
    Soon,
    Slice,
}

/// What a call has used, shared between its store and the future that drives it.
#[derive(Debug)]
pub struct Usage {
    limits: Arc<Limits>,
    /// None for an instance that outlives its calls, and for a command without one.
    deadline: Option<Instant>,
    /// Nanoseconds of CPU of all finished polls.
    cpu: AtomicU64,
    /// The thread's CPU clock when the running poll met its first tick, or began where that is known; 0 before that.
    baseline: AtomicU64,
    /// Whether the running poll has met a tick.
    ticked: AtomicBool,
    /// A poll came late to its first tick, as host functions compute: from then on each begins with a look at the clock.
    is_watched: AtomicBool,
    budget: AtomicU64,
    /// Calls that share all this: more than one for a kept instance.
    calls: AtomicU64,
    peak_memory: AtomicU64,
    /// What was asked of rooms, in all these calls.
    asked: AtomicU64,
    exceeded: AtomicU8,
    gone: AtomicBool,
}

/// Held while an instance lives; dropped before it, so that nobody takes what its end cuts off for what it has finished.
pub(crate) struct Present(Arc<Usage>);

impl Drop for Present {
    fn drop(&mut self) {
        self.0.gone.store(true, Release);
    }
}

impl Usage {
    /// Nothing used yet, and `deadline` ahead.
    pub fn new(limits: Arc<Limits>, deadline: Option<Instant>) -> Arc<Self> {
        let budget = limits.cpu_ms.saturating_mul(1_000_000);
        Arc::new(Self {
            limits,
            deadline,
            cpu: AtomicU64::new(0),
            baseline: AtomicU64::new(0),
            ticked: AtomicBool::new(false),
            is_watched: AtomicBool::new(false),
            budget: AtomicU64::new(budget),
            calls: AtomicU64::new(1),
            peak_memory: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            exceeded: AtomicU8::new(0),
            gone: AtomicBool::new(false),
        })
    }

    /// It is of the next call of an instance: time begins anew, what was asked of rooms counts on.
    pub(crate) fn follow(&self, before: &Self) {
        self.calls.store(before.calls().saturating_add(1), Relaxed);
        self.asked.store(before.asked.load(Relaxed), Relaxed);
    }

    pub(crate) fn present(self: &Arc<Self>) -> Present {
        Present(self.clone())
    }

    /// Whether the instance has ended, well or not.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Acquire)
    }

    /// CPU time of the polls so far.
    pub fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu.load(Relaxed))
    }

    /// The most bytes that all linear memories held at once.
    pub fn peak_memory(&self) -> u64 {
        self.peak_memory.load(Relaxed)
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The limit that the call ran into last, if any.
    pub fn exceeded(&self) -> Option<Exceeded> {
        use Exceeded::*;
        [Deadline, Cpu, Memory, Tables, Handles, HostCallBytes, ResponseBytes, Fuel]
            .into_iter()
            .find(|limit| *limit as u8 + 1 == self.exceeded.load(Relaxed))
    }

    /// Note the limit that was met. What ends the call at once outweighs a growth that was only refused.
    pub fn exceed(&self, limit: Exceeded) {
        self.exceeded.store(limit as u8 + 1, Relaxed);
    }

    /// The end of a call whose deadline has passed.
    fn late(&self) -> wasmtime::Error {
        self.exceed(Exceeded::Deadline);
        wasmtime::format_err!("deadline passed")
    }

    /// The guest asks something of a room so often; how often it did in all of its calls.
    pub fn ask(&self, count: u64) -> u64 {
        self.asked.fetch_add(count, Relaxed).saturating_add(count)
    }

    /// How many calls share what may be used: one, unless the instance is kept.
    pub fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// Of an instance that has several calls at once, and none yet.
    pub fn shared(limits: Arc<Limits>) -> Arc<Self> {
        let shared = Self::new(limits, None);
        shared.budget.store(0, Relaxed);
        shared.calls.store(0, Relaxed);
        shared
    }

    /// One more call begins, so that so many run: each may use what is left to none of them.
    pub fn join(&self, running: u64) {
        self.calls.fetch_add(1, Relaxed);
        let each = self.limits.cpu_ms.saturating_mul(1_000_000);
        self.budget.store(self.cpu.load(Relaxed).saturating_add(each.saturating_mul(running)), Relaxed);
    }

    /// A kept instance gets what one more call may use.
    pub fn extend(&self) {
        self.calls.fetch_add(1, Relaxed);
        self.budget.fetch_add(self.limits.cpu_ms.saturating_mul(1_000_000), Relaxed);
    }

    /// At an epoch tick: the limit that the running guest has reached.
    fn on_tick(&self) -> Option<Exceeded> {
        self.ticked.store(true, Relaxed);
        let now = nanos(thread_cpu());
        if self.baseline.load(Relaxed) == 0 {
            self.baseline.store(now, Relaxed);
        }
        let running = now.saturating_sub(self.baseline.load(Relaxed));
        if self.cpu.load(Relaxed) + running > self.budget.load(Relaxed) {
            return Some(Exceeded::Cpu);
        }
        self.deadline.filter(|deadline| Instant::now() >= *deadline).map(|_| Exceeded::Deadline)
    }

    /// What becomes of the running guest at an epoch tick.
    pub(crate) fn at_tick(&self) -> wasmtime::Result<UpdateDeadline> {
        match self.on_tick() {
            // It yields each time, so that its neighbours get their turn.
            None => Ok(UpdateDeadline::Yield(1)),
            Some(limit) => {
                self.exceed(limit);
                Ok(UpdateDeadline::Interrupt)
            }
        }
    }

    /// A poll begins.
    fn begin(&self) {
        if self.is_watched.load(Relaxed) {
            self.baseline.store(nanos(thread_cpu()), Relaxed);
        }
    }

    /// How the poll that has begun then met a tick.
    fn charge(&self, started: Instant) -> Ticked {
        let (baseline, elapsed) = (self.baseline.swap(0, Relaxed), started.elapsed());
        let ticked = self.ticked.swap(false, Relaxed);
        let used = if baseline == 0 {
            nanos(elapsed)
        } else {
            let counted = nanos(thread_cpu()).saturating_sub(baseline);
            // The first tick comes within a millisecond of the poll's start, unless the host computed, or another process.
            let before = if self.is_watched.load(Relaxed) { 0 } else { nanos(TICK) };
            if nanos(elapsed) > counted + 4 * nanos(TICK) {
                self.is_watched.store(true, Relaxed);
            }
            nanos(elapsed).min(counted + before)
        };
        self.cpu.fetch_add(used, Relaxed);
        match ticked {
            true if elapsed > SLICE => Ticked::Slice,
            true => Ticked::Soon,
            false => Ticked::Never,
        }
    }
}

/// The CPU time of this thread.
pub(crate) fn thread_cpu() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// The CPU time of all threads of this process.
pub(crate) fn process_cpu() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, and the clocks exist on every Linux.
    let failed = unsafe { libc::clock_gettime(id, &mut time) };
    if failed != 0 {
        return Duration::ZERO;
    }
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Counts memories and tables of one store together.
#[derive(Debug)]
pub struct Meter {
    usage: Arc<Usage>,
    memory: u64,
    tables: u64,
    /// Bytes that no profile has counted yet.
    grown: u64,
    /// The tick that a profile has counted last.
    counted: u64,
    /// None where nobody measures.
    pub(crate) sampler: Option<Arc<Sampler>>,
}

impl Meter {
    pub fn new(usage: Arc<Usage>) -> Self {
        Self { usage, memory: 0, tables: 0, grown: 0, counted: 0, sampler: None }
    }

    /// Whether this tick was not counted yet; from now on it is.
    pub(crate) fn counts(&mut self, tick: u64) -> bool {
        std::mem::replace(&mut self.counted, tick) != tick
    }

    /// What grew since the last time.
    pub(crate) fn take_grown(&mut self) -> u64 {
        std::mem::take(&mut self.grown)
    }

    /// What is held counts from now on for another call.
    pub(crate) fn charge(&mut self, usage: Arc<Usage>) {
        usage.peak_memory.store(self.memory, Relaxed);
        self.usage = usage;
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.memory.saturating_add(desired.saturating_sub(current) as u64);
        if total > self.usage.limits.memory_bytes {
            self.usage.exceed(Exceeded::Memory);
            return Ok(false);
        }
        if let Some(sampler) = &self.sampler {
            let (by, is_first) = (desired.saturating_sub(current) as u64, current == 0);
            self.grown += if is_first { 0 } else { by };
            sampler.grew(by, is_first);
        }
        self.memory = total;
        self.usage.peak_memory.store(total, Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.tables.saturating_add(desired.saturating_sub(current) as u64);
        if total > self.usage.limits.table_elements {
            self.usage.exceed(Exceeded::Tables);
            return Ok(false);
        }
        self.tables = total;
        Ok(true)
    }
}

/// A guest's run, measured at each poll and ended at its deadline.
pub struct Metered<F> {
    run: F,
    usage: Arc<Usage>,
    /// Made at the first pause: most calls end without one.
    timer: Option<Pin<Box<tokio::time::Sleep>>>,
    slices: u32,
    /// Whether the guest waits for something.
    waits: bool,
    /// When the first poll begins, if that is known.
    began: Option<Instant>,
    /// None where nobody measures.
    sampler: Option<Arc<Sampler>>,
}

impl<F> Metered<F> {
    pub fn new(run: F, usage: Arc<Usage>) -> Self {
        Self { run, usage, timer: None, slices: 0, waits: false, began: None, sampler: None }
    }

    /// The same for a run that is polled at once, as of `now`: it saves a look at the clock.
    pub fn beginning(run: F, usage: Arc<Usage>, now: Instant) -> Self {
        Self { began: Some(now), ..Self::new(run, usage) }
    }

    /// What it asks of the host is counted, too.
    pub(crate) fn sampled(mut self, sampler: Option<&Arc<Sampler>>) -> Self {
        self.sampler = sampler.cloned();
        self
    }

    /// How often the guest was interrupted, having used its slice, to give others their turn.
    pub(crate) fn slices(&self) -> u32 {
        self.slices
    }

    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(deadline) = self.usage.deadline else { return false };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        timer.as_mut().poll(cx).is_ready()
    }
}

impl<T, F: Future<Output = wasmtime::Result<T>> + Unpin> Future for Metered<F> {
    type Output = wasmtime::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let started = this.began.take().unwrap_or_else(Instant::now);
        // What the guest waited for came too late.
        if this.waits && this.usage.deadline.is_some_and(|deadline| started >= deadline) {
            return Poll::Ready(Err(this.usage.late()));
        }
        this.usage.begin();
        let attending = this.sampler.as_ref().map(|sampler| Attending::to(sampler.profile()));
        let polled = Pin::new(&mut this.run).poll(cx);
        drop(attending);
        let ticked = this.usage.charge(started);
        this.slices = this.slices.saturating_add(u32::from(ticked == Ticked::Slice && polled.is_pending()));
        // A guest that runs is ended by its own next tick, which knows where it stands.
        this.waits = polled.is_pending() && ticked == Ticked::Never;
        if polled.is_pending() && this.is_late(cx) && this.waits {
            return Poll::Ready(Err(this.usage.late()));
        }
        polled
    }
}
