//! `Function`: an export, as something that Python can call.

use super::arguments::Parameters;
use super::resource::Resource;
use super::{desk, later};
use crate::crossing::{Classes, Crossing, HANDLE, plainly};
use atoll_capabilities::custom::{Ask, Returns, Value};
use atoll_embed::{Library, Sandboxed, What, call};
use pyo3::exceptions::PyTypeError;
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
    pub(super) awaits: bool,
    /// Of a core module, under this name.
    is_core: bool,
    name: String,
    /// Raised for the error of a `result`.
    guest_error: Py<PyAny>,
}

impl Call {
    pub(super) fn new(py: Python<'_>, library: &Library, export: usize, classes: &Classes, awaits: bool) -> PyResult<Self> {
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
    pub(super) fn new(call: Arc<Call>, sandboxed: Sandboxed, mode: Mode) -> Self {
        Self { call, sandboxed, mode }
    }

    fn what(&self, arguments: Vec<Value>) -> What {
        if !self.mode.as_bytes {
            return What::Call(self.call.export, arguments);
        }
        let function = self.call.name.clone();
        What::Ask(String::new(), Ask::Call { function, arguments, returns: Returns::Bytes })
    }

    /// A method runs where its object lives.
    fn sandboxed(&self, arguments: &Bound<'_, PyTuple>) -> PyResult<Sandboxed> {
        if !self.call.is_method || arguments.is_empty() {
            return Ok(self.sandboxed.clone());
        }
        match arguments.get_item(0)?.getattr(HANDLE).ok().and_then(|resource| resource.cast_into::<Resource>().ok()) {
            Some(resource) => Ok(Sandboxed::Kept(resource.get().instance().clone())),
            None => Ok(self.sandboxed.clone()),
        }
    }
}

#[pymethods]
impl Function {
    #[pyo3(signature = (*arguments, **named))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let values = self.call.parameters.taken(arguments, named)?;
        let sandboxed = self.sandboxed(arguments)?;
        let process = sandboxed.library().process().clone();
        let what = self.what(values);
        if self.mode.awaited {
            let settled = self.call.clone();
            return later::awaited(
                py,
                &process,
                |caller| call(sandboxed, what, caller),
                move |py, value| settled.given(py, value).map(Bound::unbind),
            );
        }
        let value = desk::waited(py, &process, self.call.awaits, |caller| call(sandboxed, what, caller))?;
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
