//! One event loop for all methods that are `async def`.

use super::of_process::OfProcess;
use super::threads::STACK;
use super::{Begin, End, Job, called_method, ending, vigil};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the loop is told.
enum Told {
    Begin(u64, Job),
    Cancel(u64),
    /// Something of Python's that takes no arguments.
    Call(Arc<Py<PyAny>>),
    /// Something of Rust's.
    Do(Deed),
}

/// What is done on the loop.
pub(crate) type Deed = Box<dyn for<'py> FnOnce(Python<'py>) -> PyResult<()> + Send>;

/// Filled by the threads of guests, emptied by the loop.
struct Queue {
    told: Mutex<Vec<Told>>,
    /// Whether the loop was woken since it last looked.
    woken: AtomicBool,
    bell: UnixStream,
    next: AtomicU64,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Vec<Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, told: Told) {
        self.lock().push(told);
        if !self.woken.swap(true, Ordering::SeqCst) {
            // A full pipe wakes as well.
            let _ = (&self.bell).write(&[1]);
        }
    }

    fn take(&self) -> Vec<Told> {
        self.woken.store(false, Ordering::SeqCst);
        std::mem::take(&mut *self.lock())
    }
}

/// An event loop, from the threads of guests.
#[derive(Clone)]
pub(crate) struct Loop(Arc<Queue>);

impl Loop {
    /// That of the providers, started with the first one: an app without Python providers needs none. Its thread ends with the process.
    pub(crate) fn of_process(py: Python<'_>) -> PyResult<Self> {
        static LOOP: OfProcess<Loop> = OfProcess::new();
        LOOP.get_or_try(|| Self::start(py))
    }

    /// That which runs on this thread; where none does, that of the providers.
    pub(crate) fn running(py: Python<'_>) -> PyResult<Self> {
        match py.import("asyncio")?.call_method0("get_running_loop") {
            Ok(running) => Self::known(&running),
            Err(_) => Self::of_process(py),
        }
    }

    /// One of somebody's own; the way to it is made once.
    pub(crate) fn known(events: &Bound<'_, PyAny>) -> PyResult<Self> {
        static LOOPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = events.py();
        let make = || py.import("weakref")?.getattr("WeakKeyDictionary")?.call0().map(Bound::unbind);
        let loops = LOOPS.get_or_try_init(py, make)?.bind(py);
        if let Ok(known) = loops.get_item(events) {
            return Ok(known.cast::<Way>()?.get().0.clone());
        }
        let made = Self::of(events)?;
        loops.set_item(events, Way(made.clone()))?;
        Ok(made)
    }

    fn start(py: Python<'_>) -> PyResult<Self> {
        let events = py.import("atoll.capabilities.resolving")?.call_method0("Loop")?;
        let made = Self::known(&events)?;
        ending::prepare(&events)?;
        let events = events.unbind();
        let thread = std::thread::Builder::new().name("atoll-providers".into()).stack_size(STACK).spawn(move || {
            Python::try_attach(|py| {
                let ran = py.import("asyncio").and_then(|asyncio| {
                    asyncio.call_method1("set_event_loop", (&events,))?;
                    called_method(events.bind(py), "run_forever", &PyTuple::empty(py)).map(drop)
                });
                if let Err(error) = ran {
                    error.write_unraisable(py, None);
                }
            });
        })?;
        ending::attend(thread);
        Ok(made)
    }

    /// One of somebody's own, who runs it; from a thread of its, or before it runs.
    pub(crate) fn of(events: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = events.py();
        let (bell, heard) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        heard.set_nonblocking(true)?;
        let queue = Arc::new(Queue { told: Mutex::default(), woken: AtomicBool::new(false), bell, next: AtomicU64::new(1) });
        let fd = heard.as_raw_fd();
        let answer = py.import("atoll.capabilities.awaited")?.getattr("answer")?.unbind();
        let create_task = events.getattr("create_task")?.unbind();
        let take = Take { queue: queue.clone(), heard, answer, create_task, tasks: Mutex::default() };
        events.call_method1("add_reader", (fd, take))?;
        Ok(Self(queue))
    }

    /// Begin the job; it is cancelled when what is returned is dropped before its end.
    pub(super) fn put(&self, job: Job) -> Cancel {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.put(Told::Begin(number, job));
        Cancel { queue: self.0.clone(), number }
    }

    /// Call it on the loop.
    pub(crate) fn call(&self, wanted: Arc<Py<PyAny>>) {
        self.0.put(Told::Call(wanted));
    }

    /// Do it on the loop.
    pub(crate) fn act(&self, deed: Deed) {
        self.0.put(Told::Do(deed));
    }
}

#[pyclass(frozen)]
struct Way(Loop);

/// Cancels what it stands for, if that still runs.
pub(super) struct Cancel {
    queue: Arc<Queue>,
    /// 0 where it has ended.
    number: u64,
}

impl Cancel {
    /// It has ended: there is nothing to cancel.
    pub(super) fn ended(mut self) {
        self.number = 0;
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        if self.number != 0 {
            self.queue.put(Told::Cancel(self.number));
        }
    }
}

/// Called by the loop when there is something in the queue.
#[pyclass(frozen)]
struct Take {
    queue: Arc<Queue>,
    heard: UnixStream,
    /// `atoll.capabilities.awaited.answer` and what makes a task of it.
    answer: Py<PyAny>,
    create_task: Py<PyAny>,
    tasks: Mutex<HashMap<u64, Py<PyAny>>>,
}

#[pymethods]
impl Take {
    fn __call__(slf: &Bound<'_, Self>) {
        let take = slf.get();
        // One byte a wake-up; there is no other use for them.
        let _ = (&take.heard).read(&mut [0; 64]);
        for told in take.queue.take() {
            let done = match told {
                Told::Begin(number, job) => begin(slf, number, job),
                Told::Cancel(number) => take.cancel(slf.py(), number),
                Told::Call(wanted) => wanted.call0(slf.py()).map(drop),
                Told::Do(deed) => deed(slf.py()),
            };
            if let Err(error) = done {
                error.write_unraisable(slf.py(), None);
            }
        }
    }
}

impl Take {
    fn tasks(&self) -> MutexGuard<'_, HashMap<u64, Py<PyAny>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cancel(&self, py: Python<'_>, number: u64) -> PyResult<()> {
        let task = self.tasks().remove(&number);
        task.map_or(Ok(()), |task| task.call_method0(py, "cancel").map(drop))
    }
}

/// The job's task. It tells the answer itself: a callback of the loop would tell it a round later.
fn begin(take: &Bound<'_, Take>, number: u64, job: Job) -> PyResult<()> {
    let (py, held) = (take.py(), take.get());
    let (begin, end) = (Mutex::new(Some(job.begin)), Mutex::new(Some(job.end)));
    let asked = Asked { begin, end, take: take.clone().unbind(), number };
    let answer = held.answer.bind(py).call1((asked,))?;
    let create = held.create_task.bind(py);
    let task = match job.context {
        Some(context) => {
            let named = PyDict::new(py);
            named.set_item("context", &*context)?;
            create.call((answer,), Some(&named))?
        }
        None => create.call1((answer,))?,
    };
    held.tasks().insert(number, task.unbind());
    Ok(())
}

/// A job as its task sees it. What nobody answers, as it was cancelled, is dropped with the task: who still waits is told that the
/// provider stopped.
#[pyclass(frozen)]
struct Asked {
    begin: Mutex<Option<Begin>>,
    end: Mutex<Option<End>>,
    take: Py<Take>,
    number: u64,
}

impl Asked {
    fn end(&self, result: PyResult<Bound<'_, PyAny>>) {
        if let Some(end) = taken(&self.end) {
            end(result);
        }
    }
}

fn taken<T>(once: &Mutex<Option<T>>) -> Option<T> {
    once.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[pymethods]
impl Asked {
    /// What is to be awaited.
    fn begin<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        taken(&self.begin).map_or_else(|| Ok(py.None().into_bound(py)), |begin| begin(py))
    }

    fn answered(&self, result: Bound<'_, PyAny>) {
        self.end(Ok(result));
    }

    fn failed(&self, error: Bound<'_, PyAny>) {
        self.end(Err(PyErr::from_value(error)));
    }

    /// The task has ended, in whatever way.
    fn ended(&self, py: Python<'_>) {
        let take = self.take.get();
        let mut tasks = take.tasks();
        tasks.remove(&self.number);
        if tasks.is_empty() {
            drop(tasks);
            vigil::pause(py, &take.queue.woken);
        }
    }
}
