//! Where in a value something does not fit: a text only where somebody reads it.

use pyo3::exceptions::{PyBufferError, PyOverflowError, PyTypeError, PyUnicodeError, PyValueError};
use pyo3::prelude::*;
use std::fmt;

#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// A parameter, or a phrase such as `the result`.
    Of(&'a str),
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(name) => f.write_str(name),
            Self::Field(of, name) => write!(f, "{of}.{name}"),
            Self::Item(of, index) => write!(f, "{of}[{index}]"),
        }
    }
}

impl Path<'_> {
    /// The error, with the place of what does not fit. What a value of the user's raised is left as it is.
    pub(super) fn at(&self, py: Python<'_>, error: &PyErr) -> PyErr {
        let is_ours = error.is_instance_of::<PyTypeError>(py)
            || error.is_instance_of::<PyOverflowError>(py)
            || error.is_instance_of::<PyUnicodeError>(py)
            || error.is_instance_of::<PyBufferError>(py)
            || error.get_type(py).is(py.get_type::<PyValueError>());
        if is_ours { PyTypeError::new_err(format!("{self}: {}", error.value(py))) } else { error.clone_ref(py) }
    }
}
