//! A call that a coroutine awaits. It begins on the event loop's own thread: most calls end before the loop could have done anything else.
//! One that takes longer goes on elsewhere; what it gives is handed back on the loop.

use super::{failed, within};
use crate::bridge::{Caller, Loop, Place};
use atoll_capabilities::custom::Object;
use atoll_embed::{Ended, Process, Running};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::task::AbortHandle;

/// Begin what runs, in the instance of that number where one is `kept`; an awaitable of what `given` makes of its value. To cancel that one ends the call.
pub(super) fn awaited<'py, T: Send + 'static>(
    py: Python<'py>,
    process: &Arc<Process>,
    kept: Option<u64>,
    begin: impl FnOnce(Option<Object>) -> Running<T>,
    given: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let running_loop = py.import("asyncio")?.getattr("get_running_loop")?.call0()?;
    let events = Loop::known(&running_loop)?;
    let context = Arc::new(within::context(py, kept)?);
    let caller = Caller { plain: Place::Threads, events: Some(events.clone()), context: Some(context) };
    let mut running = begin(Some(Arc::new(caller)));
    let future = made(&running_loop)?;
    let first = py.detach(|| {
        let _entered = process.runtime().enter();
        Pin::new(&mut running).poll(&mut Context::from_waker(Waker::noop()))
    });
    let number = running.number;
    let settle = settling(process.clone(), number, future.clone().unbind(), given);
    if let Poll::Ready(ended) = first {
        settle(py, ended)?;
        return Ok(future);
    }
    let task = process.runtime().spawn(async move {
        let ended = running.await;
        events.act(Box::new(move |py| settle(py, ended)));
    });
    let cancelling = Cancelling { task: task.abort_handle(), process: process.clone(), number };
    future.call_method1("add_done_callback", (cancelling,))?;
    Ok(future)
}

/// An `atoll.embed.call.Call` of that loop.
fn made<'py>(running_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static CALL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = running_loop.py();
    let named = PyDict::new(py);
    named.set_item(intern!(py, "loop"), running_loop)?;
    CALL.import(py, "atoll.embed.call", "Call")?.call((), Some(&named))
}

type Settle<T> = Box<dyn for<'py> FnOnce(Python<'py>, Result<T, Ended>) -> PyResult<()> + Send>;

fn settling<T: 'static>(
    process: Arc<Process>,
    number: u64,
    future: Py<PyAny>,
    given: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
) -> Settle<T> {
    Box::new(move |py, ended| {
        failed::journal(py, &process, number);
        let future = future.bind(py);
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        match ended.map_err(|ended| failed::raised(py, &ended)).and_then(|value| given(py, value)) {
            Ok(value) => future.call_method1("set_result", (value,)),
            Err(error) => future.call_method1("set_exception", (error.into_value(py),)),
        }
        .map(drop)
    })
}

/// Ends the call once its future is done: a call that has ended is not touched by it.
#[pyclass(frozen)]
struct Cancelling {
    task: AbortHandle,
    process: Arc<Process>,
    number: u64,
}

#[pymethods]
impl Cancelling {
    fn __call__(&self, py: Python<'_>, _future: &Bound<'_, PyAny>) {
        self.task.abort();
        failed::journal(py, &self.process, self.number);
    }
}
