//! `Instance`: a sandbox that is kept.

use pyo3::prelude::*;
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

    /// End it; a call that runs ends first.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}
