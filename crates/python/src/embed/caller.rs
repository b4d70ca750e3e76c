//! `Caller`: the module that called a host function, for that function while it runs.

use super::asked::{asking, told};
use super::desk;
use crate::crossing::plainly;
use atoll_capabilities::custom::{Ask, Door};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::thread::ThreadId;

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Caller {
    door: Door,
    /// The thread that drives the call, which alone can go on with it; none where no thread of the user's does.
    driver: Option<ThreadId>,
}

impl Caller {
    pub(crate) fn new(door: Door) -> Self {
        Self { door, driver: desk::drives().then(|| std::thread::current().id()) }
    }
}

#[pymethods]
impl Caller {
    /// What `Instance.ask` takes, of the module of that name; None is the one that called.
    #[pyo3(signature = (module, kind, name, *arguments))]
    fn ask<'py>(
        &self,
        py: Python<'py>,
        module: Option<String>,
        kind: &str,
        name: &str,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let ask: Ask = asking(kind, name, arguments)?;
        if self.driver.is_some_and(|driver| driver != std::thread::current().id()) {
            return Err(PyRuntimeError::new_err("only the thread that runs the host function can ask its caller"));
        }
        let ended = || PyRuntimeError::new_err("the host function has ended, and with it the way to its caller");
        let answered = self.door.ask(module, ask).ok_or_else(ended)?;
        let answered = desk::meanwhile(py, answered)?.ok_or_else(ended)?;
        plainly(py, answered.map_err(|error| told(&error))?)
    }
}
