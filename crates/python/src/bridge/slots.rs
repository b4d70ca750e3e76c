//! What a library holds of the user's objects, where Python's collector of cycles can see it, and take it away.

use pyo3::exceptions::PyReferenceError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One object, until it is taken away.
pub(crate) struct Slot(Mutex<Option<Py<PyAny>>>);

impl Slot {
    pub(crate) fn new(object: Py<PyAny>) -> Self {
        Self(Mutex::new(Some(object)))
    }

    /// What is being changed is not seen, and kept.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock() {
            Ok(object) => object.iter().try_for_each(|object| visit.call(object)),
            Err(_) => Ok(()),
        }
    }

    /// Another reference, where it was not taken away.
    pub(crate) fn share(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.lock().as_ref().map(|object| object.clone_ref(py))
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let object = self.lock().as_ref().map(|object| object.bind(py).clone());
        object.ok_or_else(|| PyReferenceError::new_err("the plugin is gone"))
    }

    pub(crate) fn take(&self) -> Option<Py<PyAny>> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of one library, or of one app.
#[derive(Clone, Default)]
pub(crate) struct Slots(Arc<Mutex<Vec<Arc<Slot>>>>);

impl Slots {
    pub(crate) fn put(&self, object: Py<PyAny>) -> Arc<Slot> {
        let slot = Arc::new(Slot::new(object));
        self.lock().push(slot.clone());
        slot
    }

    /// All of them; none while there comes another.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock() {
            Ok(slots) => slots.iter().try_for_each(|slot| slot.traverse(visit)),
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn clear(&self) {
        let slots = std::mem::take(&mut *self.lock());
        slots.iter().for_each(|slot| drop(slot.take()));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
