//! The end of the interpreter. A thread that wants it then is ended by it, which nothing of Rust survives: so the loop's thread has left by
//! then, and nobody wakes it.

use atoll_engine::forks::forks;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

static BEGUN: AtomicBool = AtomicBool::new(false);
static THREAD: Mutex<Option<JoinHandle<()>>> = Mutex::new(None);

/// How long the end waits for what is awaited to leave the loop.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether what is dropped now is dropped as everything is.
pub(super) fn has_begun() -> bool {
    BEGUN.load(SeqCst)
}

/// Stop these events before the interpreter ends.
pub(super) fn prepare(events: &Bound<'_, PyAny>) -> PyResult<()> {
    let stop = Stop { events: events.clone().unbind(), forks: forks() };
    events.py().import("atexit")?.call_method1("register", (stop,)).map(drop)
}

/// This is the thread of the loop.
pub(super) fn attend(thread: JoinHandle<()>) {
    *THREAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
}

#[pyclass(frozen)]
struct Stop {
    events: Py<PyAny>,
    forks: u32,
}

#[pymethods]
impl Stop {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        // In a child of a fork, the loop is its parent's.
        if self.forks != forks() {
            return Ok(());
        }
        BEGUN.store(true, SeqCst);
        let events = self.events.bind(py);
        events.call_method1("call_soon_threadsafe", (events.getattr("stop")?,))?;
        let thread = THREAD.lock().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| {
            let until = Instant::now() + PATIENCE;
            while thread.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Ok(())
    }
}
