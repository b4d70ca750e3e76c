//! Problems of the data plane as one Python exception that carries them as JSON.

use atoll_engine::error::{Code, Problem, Problems};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

pyo3::create_exception!(_core, CoreError, PyException, "One or more problems, as a JSON list.");

/// `problems` as the exception that Python sees.
pub(crate) fn raised(problems: &Problems) -> PyErr {
    CoreError::new_err(serde_json::to_string(problems).unwrap_or_else(|_| "[]".into()))
}

/// A document that does not have the border's shape.
pub(crate) fn malformed(what: &str, error: &serde_json::Error) -> PyErr {
    raised(&Problem::new(Code::LockedInvalid, format!("the {what} cannot be read: {error}")).into())
}

/// Every code that the data plane can raise, sorted.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<&'static str> {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    codes
}
