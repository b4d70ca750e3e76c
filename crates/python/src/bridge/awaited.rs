//! One event loop for all methods that are `async def`.

use super::{End, Job};
use pyo3::prelude::*;
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
}

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

/// The loop's thread ends with the process.
pub(super) struct Loop(Arc<Queue>);

impl Loop {
    pub(super) fn start(py: Python<'_>) -> PyResult<Self> {
        let (bell, heard) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        heard.set_nonblocking(true)?;
        let queue = Arc::new(Queue { told: Mutex::default(), woken: AtomicBool::new(false), bell, next: AtomicU64::new(1) });
        let events = py.import("asyncio")?.call_method0("new_event_loop")?;
        let fd = heard.as_raw_fd();
        let take = Take { queue: queue.clone(), heard, tasks: Mutex::default() };
        events.call_method1("add_reader", (fd, take))?;
        let events = events.unbind();
        std::thread::Builder::new().name("atoll-providers".into()).spawn(move || {
            Python::try_attach(|py| {
                let ran = py.import("asyncio").and_then(|asyncio| {
                    asyncio.call_method1("set_event_loop", (&events,))?;
                    events.call_method0(py, "run_forever")
                });
                if let Err(error) = ran {
                    error.write_unraisable(py, None);
                }
            });
        })?;
        Ok(Self(queue))
    }

    /// Begin the job; it is cancelled when what is returned is dropped before its end.
    pub(super) fn put(&self, job: Job) -> Cancel<'_> {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.put(Told::Begin(number, job));
        Cancel { queue: &self.0, number }
    }
}

/// Cancels what it stands for, if that still runs.
pub(super) struct Cancel<'a> {
    queue: &'a Queue,
    number: u64,
}

impl Cancel<'_> {
    /// It has ended: there is nothing to cancel.
    pub(super) fn ended(self) {
        std::mem::forget(self);
    }
}

impl Drop for Cancel<'_> {
    fn drop(&mut self) {
        self.queue.put(Told::Cancel(self.number));
    }
}

type Tasks = Mutex<HashMap<u64, Py<PyAny>>>;

/// Called by the loop when there is something in the queue.
#[pyclass(frozen)]
struct Take {
    queue: Arc<Queue>,
    heard: UnixStream,
    tasks: Tasks,
}

#[pymethods]
impl Take {
    fn __call__(slf: &Bound<'_, Self>) {
        let take = slf.get();
        // One byte a wake-up; there is no other use for them.
        let _ = (&take.heard).read(&mut [0; 64]);
        for told in take.queue.take() {
            match told {
                Told::Begin(number, job) => begin(slf, number, job),
                Told::Cancel(number) => take.cancel(slf.py(), number),
            }
        }
    }
}

impl Take {
    fn tasks(&self) -> MutexGuard<'_, HashMap<u64, Py<PyAny>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cancel(&self, py: Python<'_>, number: u64) {
        let task = self.tasks().remove(&number);
        if let Some(Err(error)) = task.map(|task| task.call_method0(py, "cancel")) {
            error.write_unraisable(py, None);
        }
    }
}

fn begin(take: &Bound<'_, Take>, number: u64, job: Job) {
    let py = take.py();
    let task = (job.begin)(py).and_then(|awaited| {
        let task = py.import("asyncio")?.call_method1("ensure_future", (awaited,))?;
        Ok(task)
    });
    match task {
        Ok(task) => {
            take.get().tasks().insert(number, task.clone().unbind());
            let done = Done { end: Mutex::new(Some(job.end)), take: take.clone().unbind(), number };
            if let Err(error) = task.call_method1("add_done_callback", (done,)) {
                error.write_unraisable(py, None);
            }
        }
        Err(error) => (job.end)(Err(error)),
    }
}

/// Called by the loop with a task that has ended.
#[pyclass(frozen)]
struct Done {
    end: Mutex<Option<End>>,
    take: Py<Take>,
    number: u64,
}

#[pymethods]
impl Done {
    fn __call__(&self, task: &Bound<'_, PyAny>) {
        self.take.get().tasks().remove(&self.number);
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(end) = end {
            end(task.call_method0("result"));
        }
    }
}
