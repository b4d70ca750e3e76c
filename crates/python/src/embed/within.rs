//! Which instances wait for what Python does now: a context variable, which whatever a host function begins inherits.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

/// Numbers of instances, as a tuple.
fn waiting(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static WAITING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || {
        let named = PyDict::new(py);
        named.set_item("default", PyTuple::empty(py))?;
        py.import("contextvars")?.getattr("ContextVar")?.call(("atoll.waiting",), Some(&named)).map(Bound::unbind)
    };
    WAITING.get_or_try_init(py, make).map(|made| made.bind(py))
}

/// The context of whoever calls, for host functions that run elsewhere: in theirs, the instance that is `kept` waits, too.
pub(super) fn context(py: Python<'_>, kept: Option<u64>) -> PyResult<Py<PyAny>> {
    let context = py.import("contextvars")?.call_method0("copy_context")?;
    if let Some(number) = kept {
        let waiting = waiting(py)?;
        let all = PyTuple::new(py, [number])?.add(waiting.call_method0("get")?)?;
        context.call_method1("run", (waiting.getattr("set")?, all))?;
    }
    Ok(context.unbind())
}

/// Whether the instance waits for the very code that asks.
pub(super) fn waits(py: Python<'_>, number: u64) -> PyResult<bool> {
    waiting(py)?.call_method0("get")?.contains(number)
}
