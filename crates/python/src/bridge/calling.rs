//! Calls of Python that may still run when the interpreter ends. Before Python 3.14 a thread that wants the interpreter then is unwound
//! by force, which nothing of Rust survives: such a call never comes back instead.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

unsafe extern "C-unwind" {
    // One that PyO3 itself does not call: a name has one declaration, and those of PyO3 say that nothing unwinds.
    fn PyObject_CallObject(callable: *mut ffi::PyObject, arguments: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

/// Holds its thread for ever when it is dropped.
struct Hang;

impl Drop for Hang {
    fn drop(&mut self) {
        loop {
            std::thread::park();
        }
    }
}

/// What calling gives.
pub(crate) fn called<'py>(callable: &Bound<'py, PyAny>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let hang = Hang;
    // SAFETY: both are objects, the interpreter is held, and what is given is a new reference or none, with an exception set.
    let given = unsafe { PyObject_CallObject(callable.as_ptr(), arguments.as_ptr()) };
    std::mem::forget(hang);
    // SAFETY: as said.
    unsafe { Bound::from_owned_ptr_or_err(callable.py(), given) }
}

/// What calling the method gives.
pub(crate) fn called_method<'py>(
    object: &Bound<'py, PyAny>,
    method: &str,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    called(&object.getattr(method)?, arguments)
}
