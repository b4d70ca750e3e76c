//! What stands behind an object that is a guest's resource.

use atoll_capabilities::custom::Handle;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Resource {
    handle: Handle,
    instance: Arc<atoll_embed::Instance>,
    closed: AtomicBool,
}

impl Resource {
    pub(crate) fn new(handle: Handle) -> PyResult<Self> {
        let instance = instance_of(&handle)?;
        Ok(Self { handle, instance, closed: AtomicBool::new(false) })
    }

    /// For an argument.
    pub(crate) fn handle(&self) -> PyResult<Handle> {
        if self.closed.load(Relaxed) {
            return Err(PyValueError::new_err("it was closed"));
        }
        if self.handle.is_given.load(Relaxed) {
            return Err(PyValueError::new_err("it was given away"));
        }
        Ok(self.handle.clone())
    }
}

/// Where it lives.
pub(super) fn instance_of(handle: &Handle) -> PyResult<Arc<atoll_embed::Instance>> {
    let instance = handle.owner.clone().downcast::<atoll_embed::Instance>();
    instance.map_err(|_| PyTypeError::new_err("the resource has no instance of a library"))
}

#[pymethods]
impl Resource {
    /// The guest's destructor runs before the next call of its instance.
    fn close(&self) {
        if !self.closed.swap(true, Relaxed) && !self.handle.is_given.load(Relaxed) {
            self.instance.drop_later(self.handle.resource);
        }
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        self.close();
    }
}
