//! `Instance`: a sandbox that is kept.

use super::asked::asking;
use super::desk;
use super::library::Library;
use crate::bridge::Slot;
use crate::crossing::plainly;
use atoll_embed::{Sandboxed, What, call};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Instance {
    instance: Arc<atoll_embed::Instance>,
    /// Has what the host functions are, where the collector of cycles sees it.
    library: Slot,
}

impl Instance {
    pub(super) fn new(instance: Arc<atoll_embed::Instance>, library: Py<Library>) -> Self {
        Self { instance, library: Slot::new(library.into_any()) }
    }

    pub(super) fn kept(&self) -> &Arc<atoll_embed::Instance> {
        &self.instance
    }
}

#[pymethods]
impl Instance {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.library.traverse(&visit)
    }

    fn __clear__(&self) {
        drop(self.library.take());
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.instance.is_open()
    }

    /// Something of a core module, by its name in the library (empty for the main one): see `asked`.
    #[pyo3(signature = (module, kind, name, *arguments))]
    fn ask<'py>(
        &self,
        py: Python<'py>,
        module: String,
        kind: &str,
        name: &str,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let ask = asking(kind, name, arguments)?;
        let (instance, process, kept) =
            (self.instance.clone(), self.instance.library.process().clone(), Some(self.instance.number));
        let value = desk::waited(py, &process, kept, true, |caller, _| {
            call(Sandboxed::Kept(instance), What::Ask(module, ask), Some(caller), None)
        })?;
        value.map_or_else(|| Ok(py.None().into_bound(py)), |value| plainly(py, value))
    }

    /// End what runs in it, from any thread, and with it the instance. Whether something ran.
    fn interrupt(&self) -> bool {
        self.instance.interrupt()
    }

    /// End it; a call that runs ends first.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.instance.close());
    }
}
