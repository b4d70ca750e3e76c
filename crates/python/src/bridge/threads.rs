//! Threads for methods that are `def`: as many as calls wait, up to a bound.

use super::of_process::OfProcess;
use super::{Begin, Job};
use pyo3::prelude::*;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// As many calls of `def` methods run at the same time.
const MOST: usize = 256;

/// A thread that had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);

/// Bytes of stack of each, as of the main thread: Python's own bound of recursion counts on it.
pub(super) const STACK: usize = 16 << 20;

/// For the methods of all providers of a process that are `def`.
#[derive(Clone, Default)]
pub(super) struct Threads(Arc<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
}

impl Threads {
    pub(super) fn of_process() -> Self {
        static THREADS: OfProcess<Threads> = OfProcess::new();
        THREADS.get_or(Self::default)
    }

    pub(super) fn put(&self, job: Job) {
        let mut waiting = self.0.lock();
        waiting.jobs.push_back(job);
        if waiting.idle < waiting.jobs.len() && waiting.threads < MOST && self.begin() {
            waiting.threads += 1;
        }
        self.0.came.notify_one();
    }

    /// Whether there is a thread more. Where the system gives none, the calls wait for those that are there.
    fn begin(&self) -> bool {
        let queue = self.0.clone();
        std::thread::Builder::new().name("atoll-provider".into()).stack_size(STACK).spawn(move || queue.work()).is_ok()
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None once the thread that asks is no longer needed, and no longer counted. The last one stays: the system may not give another.
    fn next(&self) -> Option<Job> {
        let mut waiting = self.lock();
        waiting.idle += 1;
        loop {
            let came = self.came.wait_timeout_while(waiting, IDLE, |waiting| waiting.jobs.is_empty());
            waiting = came.unwrap_or_else(PoisonError::into_inner).0;
            let job = waiting.jobs.pop_front();
            if job.is_some() || waiting.threads > 1 {
                waiting.idle -= 1;
                waiting.threads -= usize::from(job.is_none());
                return job;
            }
        }
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            // None while the interpreter shuts down: then nobody waits for the answer.
            let done = Python::try_attach(|py| (job.end)(begun(py, job.begin, job.context)));
            if done.is_none() {
                return;
            }
        }
    }
}

/// What the job gives, in its context if it has one.
fn begun<'py>(py: Python<'py>, begin: Begin, context: Option<Arc<Py<PyAny>>>) -> PyResult<Bound<'py, PyAny>> {
    match context {
        // Several may run at the same time, and one context is entered once.
        Some(context) => context.bind(py).call_method0("copy")?.call_method1("run", (Beginning(Mutex::new(Some(begin))),)),
        None => begin(py),
    }
}

/// A job's beginning, as something that Python can call.
#[pyclass(frozen)]
struct Beginning(Mutex<Option<Begin>>);

#[pymethods]
impl Beginning {
    fn __call__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let begin = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        begin.map_or_else(|| Ok(py.None().into_bound(py)), |begin| begin(py))
    }
}
