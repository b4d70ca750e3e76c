//! `Instance`: a sandbox that is kept.

use super::asked::asking;
use super::desk;
use crate::crossing::plainly;
use atoll_embed::{Sandboxed, What, call};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Instance(Arc<atoll_embed::Instance>);

impl Instance {
    pub(super) fn new(instance: Arc<atoll_embed::Instance>) -> Self {
        Self(instance)
    }

    pub(super) fn kept(&self) -> &Arc<atoll_embed::Instance> {
        &self.0
    }
}

#[pymethods]
impl Instance {
    #[getter]
    fn is_open(&self) -> bool {
        self.0.is_open()
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
        let (instance, process, kept) = (self.0.clone(), self.0.library.process().clone(), Some(self.0.number));
        let value =
            desk::waited(py, &process, kept, true, |caller| call(Sandboxed::Kept(instance), What::Ask(module, ask), caller))?;
        value.map_or_else(|| Ok(py.None().into_bound(py)), |value| plainly(py, value))
    }

    /// End what runs in it, from any thread, and with it the instance. Whether something ran.
    fn interrupt(&self) -> bool {
        self.0.interrupt()
    }

    /// End it; a call that runs ends first.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}
