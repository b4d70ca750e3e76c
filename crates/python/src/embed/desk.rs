//! A call that its thread waits for: the thread runs the guest itself, and the host functions that the guest calls.
//!
//! While the guest runs, the thread does not hold the interpreter. It takes it back for host functions, and now and then to look for
//! signals: Ctrl-C ends the call.

use super::failed;
use crate::bridge::{Caller, Desk, Job, Place};
use atoll_capabilities::custom::Object;
use atoll_embed::{Ended, Process, Running};
use pyo3::prelude::*;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How often a waiting thread looks for signals.
const LOOK: Duration = Duration::from_millis(50);

/// Where host functions of one call wait for its thread.
struct OwnDesk {
    jobs: Mutex<Vec<Job>>,
    woken: AtomicBool,
    thread: Thread,
}

impl Desk for OwnDesk {
    fn put(&self, job: Job) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).push(job);
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
        std::mem::take(&mut *self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

enum Step<T> {
    Ended(Result<T, Ended>),
    Jobs(Vec<Job>),
    Look,
}

/// Begin what runs, for this caller, and wait for its end.
pub(super) fn waited<T: Send>(
    py: Python<'_>,
    process: &Arc<Process>,
    begin: impl FnOnce(Option<Object>) -> Running<T>,
) -> PyResult<T> {
    let desk = Arc::new(OwnDesk { jobs: Mutex::default(), woken: AtomicBool::new(false), thread: std::thread::current() });
    let caller = Caller { plain: Place::Desk(desk.clone()), events: None, context: None };
    let mut running = begin(Some(Arc::new(caller)));
    let waker = Waker::from(desk.clone());
    let number = running.number;
    let ended = loop {
        match py.detach(|| step(&mut running, process, &desk, &waker)) {
            Step::Ended(ended) => break ended,
            Step::Jobs(jobs) => jobs.into_iter().for_each(|job| job.run(py)),
            Step::Look => py.check_signals()?,
        }
    };
    failed::journal(py, process, number)?;
    ended.map_err(|ended| failed::raised(py, &ended))
}

/// Run the guest until it ends, asks for something of Python's, or it is time to look.
fn step<T>(running: &mut Running<T>, process: &Process, desk: &OwnDesk, waker: &Waker) -> Step<T> {
    let _entered = process.runtime().enter();
    let mut cx = Context::from_waker(waker);
    let mut began = None;
    loop {
        desk.woken.store(false, SeqCst);
        if let Poll::Ready(ended) = Pin::new(&mut *running).poll(&mut cx) {
            return Step::Ended(ended);
        }
        let jobs = desk.take();
        if !jobs.is_empty() {
            return Step::Jobs(jobs);
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
