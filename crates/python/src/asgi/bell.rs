//! Waking who waits for a call: a coroutine on its event loop, or a thread.

use crate::bridge::Loop;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// A future of the running loop, and what wakes it.
pub(super) fn future(py: Python<'_>) -> PyResult<(Bound<'_, PyAny>, Waker)> {
    let running = py.import("asyncio")?.getattr("get_running_loop")?.call0()?;
    let events = own_loop(&running)?;
    let future = running.call_method0("create_future")?;
    let bell = Bell { events, future: Mutex::new(Some(future.clone().unbind())) };
    Ok((future, Waker::from(Arc::new(bell))))
}

/// Gives the future its result, on its loop.
struct Bell {
    events: Loop,
    future: Mutex<Option<Py<PyAny>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let Some(future) = self.future.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.events.act(Box::new(move |py| {
            let future = future.bind(py);
            // Who waited may have been cancelled.
            if !future.call_method0("done")?.is_truthy()? {
                future.call_method1("set_result", (py.None(),))?;
            }
            Ok(())
        }));
    }
}

/// The way to a loop, made when something is first awaited on it.
fn own_loop(running: &Bound<'_, PyAny>) -> PyResult<Loop> {
    static LOOPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = running.py();
    let loops =
        LOOPS.get_or_try_init(py, || py.import("weakref")?.getattr("WeakKeyDictionary")?.call0().map(Bound::unbind))?.bind(py);
    if let Ok(known) = loops.get_item(running) {
        return Ok(known.cast::<Way>()?.get().0.clone());
    }
    let events = Loop::of(running)?;
    loops.set_item(running, Way(events.clone()))?;
    Ok(events)
}

#[pyclass(frozen)]
struct Way(Loop);

/// A thread that waits, and what wakes it.
pub(super) struct Parked {
    thread: Thread,
    woken: AtomicBool,
}

impl Parked {
    pub(super) fn here() -> Arc<Self> {
        Arc::new(Self { thread: std::thread::current(), woken: AtomicBool::new(false) })
    }

    /// Sleep until woken, for so long at most.
    pub(super) fn sleep(&self, most: Duration) {
        let until = Instant::now() + most;
        while !self.woken.swap(false, SeqCst) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::park_timeout(left);
        }
    }
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, SeqCst);
        self.thread.unpark();
    }
}
