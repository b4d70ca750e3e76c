//! What crosses between Rust and Python, and how.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyTuple;

pub(super) fn given<'py, T>(py: Python<'py>, arguments: T) -> PyResult<Bound<'py, PyTuple>>
where
    T: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
{
    arguments.into_pyobject(py)
}

pub(super) fn nothing(_: &Bound<'_, PyAny>) -> PyResult<()> {
    Ok(())
}

pub(super) fn truth(answer: &Bound<'_, PyAny>) -> PyResult<bool> {
    answer.is_truthy()
}

pub(super) fn bytes(answer: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    answer.extract::<PyBackedBytes>().map(|bytes| bytes.to_vec()).map_err(Into::into)
}

/// Bytes, or None.
pub(super) fn value(answer: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if answer.is_none() {
        return Ok(None);
    }
    bytes(answer).map(Some)
}
