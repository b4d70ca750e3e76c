//! `Function`: an export, as something that Python can call.

use super::arguments::Parameters;
use super::library::Library;
use super::resource::instance_of;
use super::{desk, failed, later, within};
use crate::bridge::Slot;
use crate::crossing::{Classes, Crossing, plainly};
use atoll_capabilities::custom::{Ask, Returns, Value};
use atoll_embed::{Ended, Sandboxed, What, call};
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::Arc;

/// What all that call one export share.
pub(super) struct Call {
    export: usize,
    parameters: Parameters,
    result: Option<Crossing>,
    /// What Python shows of it: name, signature, documentation.
    shown: Py<PyAny>,
    is_method: bool,
    /// Whether resources of the guest are among what it takes.
    takes_handles: bool,
    pub(super) awaits: bool,
    /// Of a core module, under this name.
    is_core: bool,
    name: String,
    /// Raised for the error of a `result`.
    guest_error: Py<PyAny>,
}

impl Call {
    pub(super) fn new(
        py: Python<'_>,
        library: &atoll_embed::Library,
        export: usize,
        classes: &Classes,
        awaits: bool,
    ) -> PyResult<Self> {
        let exported = &library.exports().functions[export];
        let function = exported
            .function
            .as_ref()
            .map_err(|why| PyTypeError::new_err(format!("`{}` cannot be called from Python: it has {why}", exported.name)))?;
        let is_core = exported.index.is_none();
        let shown = classes.factory(py)?.call_method1("shown", (export,))?;
        let (name, names): (String, Vec<String>) = (shown.getattr("name")?.extract()?, shown.getattr("parameters")?.extract()?);
        Ok(Self {
            export,
            parameters: Parameters::new(py, function, &name, names, classes, is_core)?,
            result: function.result.as_ref().map(|shape| classes.crossing(py, shape)).transpose()?,
            shown: shown.unbind(),
            is_method: exported.name.starts_with("[method]"),
            takes_handles: function.parameters.iter().any(|(_, shape)| shape.has_handles()),
            awaits,
            is_core,
            name: exported.name.clone(),
            guest_error: py.import("atoll.embed.failures")?.getattr("GuestError")?.unbind(),
        })
    }

    /// What the guest gave back: the error of a `result` is raised.
    pub(super) fn given<'py>(&self, py: Python<'py>, value: Option<Value>) -> PyResult<Bound<'py, PyAny>> {
        match (&self.result, value) {
            (_, Some(value)) if self.is_core => plainly(py, value),
            (Some(Crossing::Result(outcome)), Some(Value::Result(Ok(value)))) => match (&outcome.ok, value) {
                (Some(crossing), Some(value)) => crossing.given(py, *value),
                _ => Ok(py.None().into_bound(py)),
            },
            (Some(Crossing::Result(outcome)), Some(Value::Result(Err(value)))) => {
                let payload = outcome.err.as_ref().zip(value).map(|(crossing, value)| crossing.given(py, *value)).transpose()?;
                Err(PyErr::from_value(self.guest_error.bind(py).call1((payload,))?))
            }
            (Some(crossing), Some(value)) => crossing.given(py, value),
            _ => Ok(py.None().into_bound(py)),
        }
    }
}

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Function {
    call: Arc<Call>,
    sandboxed: Sandboxed,
    mode: Mode,
    /// Has what the host functions are, where the collector of cycles sees it.
    library: Slot,
}

/// How it is called.
#[derive(Clone, Copy, Default)]
pub(super) struct Mode {
    /// An awaitable is given.
    pub(super) awaited: bool,
    /// Of a core module: bytes are given back.
    pub(super) as_bytes: bool,
}

impl Function {
    pub(super) fn new(call: Arc<Call>, sandboxed: Sandboxed, mode: Mode, library: Py<Library>) -> Self {
        Self { call, sandboxed, mode, library: Slot::new(library.into_any()) }
    }

    fn what(&self, arguments: Vec<Value>) -> What {
        if !self.mode.as_bytes {
            return What::Call(self.call.export, arguments);
        }
        let function = self.call.name.clone();
        What::Ask(String::new(), Ask::Call { function, arguments, returns: Returns::Bytes })
    }

    /// A function that takes resources runs where they live.
    fn sandboxed(&self, values: &[Value]) -> PyResult<Sandboxed> {
        let mut sandboxed = self.sandboxed.clone();
        if !self.call.takes_handles {
            return Ok(sandboxed);
        }
        let mut is_fresh = matches!(sandboxed, Sandboxed::Fresh(_)) || self.call.is_method;
        for (index, value) in values.iter().enumerate() {
            let mut handles = Vec::new();
            value.handles(&mut handles);
            for handle in handles {
                let home = instance_of(handle)?;
                match &sandboxed {
                    _ if is_fresh => sandboxed = Sandboxed::Kept(home),
                    Sandboxed::Kept(instance) if Arc::ptr_eq(instance, &home) => {}
                    _ => return Err(self.call.parameters.elsewhere(index)),
                }
                is_fresh = false;
            }
        }
        Ok(sandboxed)
    }
}

#[pymethods]
impl Function {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.library.traverse(&visit)
    }

    fn __clear__(&self) {
        drop(self.library.take());
    }

    #[pyo3(signature = (*arguments, **named))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let values = self.call.parameters.taken(arguments, named)?;
        let sandboxed = self.sandboxed(&values)?;
        let kept = sandboxed.kept().map(|instance| instance.number);
        if let Some(instance) = sandboxed.kept()
            && instance.is_busy()
            && within::waits(py, instance.number)?
        {
            return Err(failed::raised(py, &Ended::busy()));
        }
        let process = sandboxed.library().process().clone();
        let what = self.what(values);
        if self.mode.awaited {
            let settled = self.call.clone();
            // While the call runs its library is kept, though nobody else may keep it.
            let library = self.library.share(py);
            return later::awaited(
                py,
                &process,
                kept,
                |caller| call(sandboxed, what, caller, None),
                move |py, value| {
                    let _library = library;
                    settled.given(py, value).map(Bound::unbind)
                },
            );
        }
        let value =
            desk::waited(py, &process, kept, self.call.awaits, |caller, look| call(sandboxed, what, Some(caller), Some(look)))?;
        self.call.given(py, value)
    }

    /// With a class as its owner it is a method, if the guest has it as one.
    fn __get__<'py>(
        slf: Bound<'py, Self>,
        object: Option<&Bound<'py, PyAny>>,
        _class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match object {
            Some(object) if slf.get().call.is_method => slf.py().import("types")?.getattr("MethodType")?.call1((slf, object)),
            _ => Ok(slf.into_any()),
        }
    }

    #[getter]
    fn __name__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.call.shown.getattr(py, "name")
    }

    #[getter]
    fn __qualname__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.call.shown.getattr(py, "qualname")
    }

    #[getter]
    fn __doc__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.call.shown.getattr(py, "doc")
    }

    #[getter]
    fn __signature__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.call.shown.getattr(py, "signature")
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<function {}>", self.call.shown.getattr(py, "qualname")?))
    }
}
