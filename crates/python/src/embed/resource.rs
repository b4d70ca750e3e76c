//! What stands behind an object that is a guest's resource.

use atoll_capabilities::custom::Handle;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Resource(Mutex<Option<Arc<Kept>>>);

/// Until Python has closed it, and no call that takes it is still to begin.
struct Kept {
    handle: Handle,
    instance: Arc<atoll_embed::Instance>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !self.handle.is_given.load(Relaxed) {
            self.instance.drop_later(self.handle.resource);
        }
    }
}

impl Resource {
    pub(crate) fn new(handle: Handle) -> PyResult<Self> {
        let instance = instance_of(&handle)?;
        Ok(Self(Mutex::new(Some(Arc::new(Kept { handle, instance })))))
    }

    /// For an argument.
    pub(crate) fn handle(&self) -> PyResult<Handle> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let kept = kept.ok_or_else(|| PyValueError::new_err("it was closed"))?;
        if kept.handle.is_given.load(Relaxed) {
            return Err(PyValueError::new_err("it was given away"));
        }
        Ok(Handle { kept: Some(kept.clone()), ..kept.handle.clone() })
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
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
