//! What a provider raised, for the guest and for the log.

use atoll_capabilities::answer::Failure;
use pyo3::prelude::*;

/// What an exception becomes in a room.
pub(crate) trait Raised: From<Failure> + Send + 'static {
    fn raised(error: PyErr) -> Self;

    /// The same of something that is read later: nobody may be there to be told, so it is logged as well.
    fn raised_later(error: PyErr) -> PyErr {
        error
    }
}

impl Raised for Failure {
    fn raised(error: PyErr) -> Self {
        told(error)
    }
}

/// A provider says what the guest is told by raising something with a `case`. Anything else is a fault of the provider: its traceback
/// goes to the log, and the guest learns no more than that there was one.
pub(super) fn told(error: PyErr) -> Failure {
    Python::attach(|py| {
        let value = error.value(py);
        match value.getattr("case").and_then(|case| case.extract()) {
            Ok(case) => Failure { case, message: value.to_string() },
            Err(_) => {
                logged(py, &error);
                let name = error.get_type(py).name().map_or_else(|_| "Exception".into(), |name| name.to_string());
                Failure::other(format!("the provider failed: {name}"))
            }
        }
    })
}

/// To the log of providers.
pub(crate) fn logged(py: Python<'_>, error: &PyErr) {
    let log = || -> PyResult<()> {
        let logger = py.import("logging")?.call_method1("getLogger", ("atoll.providers",))?;
        let details = pyo3::types::PyDict::new(py);
        details.set_item("exc_info", error.value(py))?;
        logger.call_method("error", ("a provider failed",), Some(&details)).map(drop)
    };
    if log().is_err() {
        error.clone_ref(py).write_unraisable(py, None);
    }
}
