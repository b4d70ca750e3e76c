//! A call that its thread waits for: the thread runs the guest itself, and the host functions that the guest calls.
//!
//! While the guest runs, the thread does not hold the interpreter. It takes it back for host functions, and now and then to look for
//! signals: Ctrl-C ends the call.

use super::{failed, within};
use crate::bridge::{self, Caller, Desk, Job, LOOK, patiently};
use atoll_capabilities::custom::Object;
use atoll_embed::{Ended, Process, Running};
use atoll_engine::state::Look;
use futures::channel::oneshot;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Instant;

/// Ticks between two looks of a guest that has its thread for itself.
const EACH: u32 = 50;
const LARGE: usize = 64 << 10;

/// Where host functions of one call wait for its thread.
struct OwnDesk {
    jobs: Mutex<Vec<Job>>,
    woken: AtomicBool,
    thread: Thread,
}

impl Desk for OwnDesk {
    fn put(&self, job: Job) {
        lock(&self.jobs).push(job);
        self.ring();
    }
}

impl Wake for OwnDesk {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

impl OwnDesk {
    fn ring(&self) {
        if !self.woken.swap(true, SeqCst) {
            self.thread.unpark();
        }
    }

    fn take(&self) -> Vec<Job> {
        std::mem::take(&mut *lock(&self.jobs))
    }
}

/// What a thread does next for a call.
enum Step {
    Ended,
    /// What was waited for is there.
    Done,
    Jobs(Vec<Job>),
    Look,
}

type IsDone<'a> = &'a mut (dyn FnMut() -> bool + Send);

/// A call that a thread drives, be it also from within one of the call's own host functions.
trait Drive: Send + Sync {
    /// Until there is something to do, or `is_done`.
    fn step(&self, is_done: IsDone<'_>) -> Step;

    /// The number of its instance.
    fn number(&self) -> u64;
}

struct Driven<T> {
    running: Mutex<Running<T>>,
    ended: Mutex<Option<Result<T, Ended>>>,
    process: Arc<Process>,
    desk: Arc<OwnDesk>,
    number: u64,
}

impl<T: Send> Drive for Driven<T> {
    fn number(&self) -> u64 {
        self.number
    }

    fn step(&self, is_done: IsDone<'_>) -> Step {
        if lock(&self.ended).is_some() {
            return Step::Ended;
        }
        let waker = Waker::from(self.desk.clone());
        let mut running = lock(&self.running);
        step(&mut running, &self.process, &self.desk, &waker, |ended| *lock(&self.ended) = Some(ended), is_done)
    }
}

/// What a call that is waited for needs of its own.
struct Place {
    desk: Arc<OwnDesk>,
    waker: Waker,
    caller: Object,
    looking: Arc<Looking>,
}

/// Looks for signals while the guest has the thread for itself.
#[derive(Default)]
struct Looking {
    /// Of about a millisecond each.
    ticks: AtomicU32,
    raised: Mutex<Option<PyErr>>,
}

impl Look for Looking {
    fn shall_end(&self) -> bool {
        if self.ticks.fetch_add(1, Relaxed) % EACH != EACH - 1 {
            return false;
        }
        let looked = Python::try_attach(|py| py.check_signals());
        let raised = looked.and_then(Result::err);
        let is_raised = raised.is_some();
        *lock(&self.raised) = raised;
        is_raised
    }

    /// Large ones are made what Python has them as; for small ones it is not worth while to take the interpreter.
    fn keep(&self, bytes: &[u8]) -> Option<Object> {
        if bytes.len() < LARGE {
            return None;
        }
        Python::try_attach(|py| Arc::new(PyBytes::new(py, bytes).into_any().unbind()) as Object)
    }
}

impl Place {
    fn new(context: Option<Arc<Py<PyAny>>>) -> Self {
        let desk = Arc::new(OwnDesk { jobs: Mutex::default(), woken: AtomicBool::new(false), thread: std::thread::current() });
        let caller = Caller { plain: bridge::Place::Desk(desk.clone()), events: None, context };
        Self { waker: Waker::from(desk.clone()), desk, caller: Arc::new(caller), looking: Arc::default() }
    }

    /// That of an earlier call of this thread, of which nothing is left but this.
    fn of_thread() -> Self {
        SPARE.take().unwrap_or_else(|| Self::new(None))
    }

    /// For the next call, unless something may still come for this one.
    fn keep(self) {
        if Arc::strong_count(&self.caller) == 1 && Arc::strong_count(&self.desk) == 3 {
            SPARE.set(Some(self));
        }
    }
}

thread_local! {
    static SPARE: Cell<Option<Place>> = const { Cell::new(None) };
    /// The calls that this thread drives, the innermost last.
    static DRIVEN: RefCell<Vec<Arc<dyn Drive>>> = const { RefCell::new(Vec::new()) };
}

/// Begin what runs, for this caller, and wait for its end. `kept` is the number of its instance, where that is kept; `awaits` says whether
/// host functions may be awaited.
pub(super) fn waited<T: Send + 'static>(
    py: Python<'_>,
    process: &Arc<Process>,
    kept: Option<u64>,
    awaits: bool,
    begin: impl FnOnce(Object, Arc<dyn Look>) -> Running<T>,
) -> PyResult<T> {
    // Host functions that are awaited run elsewhere.
    let place = if awaits { Place::new(Some(Arc::new(within::context(py, kept)?))) } else { Place::of_thread() };
    let Place { desk, waker, caller, looking } = &place;
    looking.ticks.store(0, Relaxed);
    let mut running = begin(caller.clone(), looking.clone());
    let (number, mut ended) = (running.number, None);
    if DRIVEN.with_borrow(|all| all.iter().any(|driven| driven.number() == number)) {
        return Err(failed::raised(py, &Ended::busy()));
    }
    // Most calls end without asking for anything.
    let first = py.detach(|| step(&mut running, process, desk, waker, |value| ended = Some(value), &mut || false));
    if let Some(ended) = ended {
        failed::journal(py, process, number);
        drop(running);
        let raised = lock(&looking.raised).take();
        if !awaits {
            place.keep();
        }
        return ended.map_err(|ended| raised.unwrap_or_else(|| failed::raised(py, &ended)));
    }
    let driven = Arc::new(Driven {
        running: Mutex::new(running),
        ended: Mutex::default(),
        process: process.clone(),
        desk: desk.clone(),
        number,
    });
    DRIVEN.with_borrow_mut(|all| all.push(driven.clone()));
    let stopped = drive(py, &*driven, Some(first), || lock(&driven.ended).is_some());
    DRIVEN.with_borrow_mut(Vec::pop);
    // Somebody's host function that raised keeps nothing from being told.
    failed::journal(py, process, number);
    stopped?;
    match lock(&driven.ended).take() {
        Some(ended) => ended.map_err(|ended| failed::raised(py, &ended)),
        None => Err(PyRuntimeError::new_err("the call stopped without an end")),
    }
}

/// Wait for an answer that the innermost call of this thread has to give, or some other thread's. None where nobody gives it any more.
pub(super) fn meanwhile<T: Send>(py: Python<'_>, mut answer: oneshot::Receiver<T>) -> PyResult<Option<T>> {
    let Some(driven) = DRIVEN.with_borrow(|all| all.last().cloned()) else {
        return Ok(patiently(py, answer)?.ok());
    };
    let mut told = None;
    drive(py, &*driven, None, || match answer.try_recv() {
        Ok(None) => false,
        Ok(Some(value)) => {
            told = Some(value);
            true
        }
        Err(_) => true,
    })?;
    Ok(told)
}

/// Whether this thread drives a call.
pub(super) fn drives() -> bool {
    DRIVEN.with_borrow(|all| !all.is_empty())
}

/// Drive the call until `is_done`.
fn drive(py: Python<'_>, driven: &dyn Drive, first: Option<Step>, mut is_done: impl FnMut() -> bool + Send) -> PyResult<()> {
    let mut next = first;
    while !is_done() {
        match next.take().unwrap_or_else(|| py.detach(|| driven.step(&mut is_done))) {
            // Nothing that is waited for comes any more.
            Step::Ended => return Ok(()),
            Step::Done => {}
            Step::Jobs(jobs) => jobs.into_iter().for_each(|job| job.run(py)),
            Step::Look => py.check_signals()?,
        }
    }
    Ok(())
}

/// Run the guest until it ends, asks for something of Python's, or it is time to look.
fn step<T>(
    running: &mut Running<T>,
    process: &Process,
    desk: &OwnDesk,
    waker: &Waker,
    ends: impl FnOnce(Result<T, Ended>),
    is_done: IsDone<'_>,
) -> Step {
    let _entered = process.runtime().enter();
    let mut cx = Context::from_waker(waker);
    let mut began = None;
    loop {
        desk.woken.store(false, SeqCst);
        if let Poll::Ready(ended) = Pin::new(&mut *running).poll(&mut cx) {
            ends(ended);
            return Step::Ended;
        }
        let jobs = desk.take();
        if !jobs.is_empty() {
            return Step::Jobs(jobs);
        }
        if is_done() {
            return Step::Done;
        }
        let began = *began.get_or_insert_with(Instant::now);
        if began.elapsed() >= LOOK {
            return Step::Look;
        }
        if !desk.woken.load(SeqCst) {
            std::thread::park_timeout(LOOK.saturating_sub(began.elapsed()));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
