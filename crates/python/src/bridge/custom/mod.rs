//! A Python object that answers an interface of an app's own.

mod crossing;
mod number;
mod streams;

use super::{Begin, Loop, Object, ask};
use atoll_capabilities::answer::Answer;
use atoll_capabilities::custom::{Callable, Function, Host, Interface, Value};
use crossing::{Classes, Crossing};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

pub(crate) struct PythonHost(Object);

impl PythonHost {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Object::of(object, &[]).map(Self)
    }
}

impl Host for PythonHost {
    fn bind(&self, interface: &Interface) -> Result<Vec<Arc<dyn Callable>>, Vec<String>> {
        Python::attach(|py| match bind(py, &self.0.object, interface) {
            Ok((bound, problems)) if problems.is_empty() => Ok(bound),
            Ok((_, problems)) => Err(problems),
            Err(error) => Err(vec![error.to_string()]),
        })
    }
}

type Bindings = (Vec<Arc<dyn Callable>>, Vec<String>);

/// `atoll.capabilities.custom.binding` finds and checks the methods.
fn bind(py: Python<'_>, object: &Py<PyAny>, interface: &Interface) -> PyResult<Bindings> {
    let wanted = interface.functions.iter().map(|function| {
        let names: Vec<_> = function.parameters.iter().map(|(name, _)| name.as_str()).collect();
        (function.name.as_str(), names)
    });
    let binding = py.import("atoll.capabilities.custom.binding")?;
    let found = binding.call_method1("bind", (object, wanted.collect::<Vec<_>>()))?;
    let (methods, problems): (Vec<Bound<'_, PyAny>>, Vec<String>) = found.extract()?;
    let mut classes = Classes::new(py)?;
    let bound = interface.functions.iter().zip(methods).map(|(function, method)| {
        let method = Method::new(py, function, &method, &mut classes)?;
        Ok(Arc::new(method) as Arc<dyn Callable>)
    });
    Ok((bound.collect::<PyResult<_>>()?, problems))
}

struct Method {
    call: Arc<Py<PyAny>>,
    events: Option<&'static Loop>,
    parameters: Arc<Vec<Crossing>>,
    result: Arc<Option<Crossing>>,
}

impl Method {
    fn new(py: Python<'_>, function: &Function, method: &Bound<'_, PyAny>, classes: &mut Classes<'_>) -> PyResult<Self> {
        let awaited: bool = method.getattr("awaited")?.extract()?;
        let parameters = function.parameters.iter().map(|(_, shape)| classes.crossing(shape));
        Ok(Self {
            call: Arc::new(method.getattr("call")?.unbind()),
            events: if awaited { Some(Loop::of_process(py)?) } else { None },
            parameters: Arc::new(parameters.collect::<PyResult<_>>()?),
            result: Arc::new(function.result.as_ref().map(|shape| classes.crossing(shape)).transpose()?),
        })
    }
}

impl Callable for Method {
    fn call(&self, arguments: Vec<Value>) -> Answer<Option<Value>> {
        let (call, parameters, result) = (self.call.clone(), self.parameters.clone(), self.result.clone());
        let begin: Begin = Box::new(move |py| {
            let arguments = parameters.iter().zip(arguments).map(|(parameter, value)| parameter.given(py, value));
            call.bind(py).call1(PyTuple::new(py, arguments.collect::<PyResult<Vec<_>>>()?)?)
        });
        ask(begin, self.events, move |answered| match &*result {
            Some(result) => result.answered(answered).map(Some),
            None => answered.map(|_| None),
        })
    }
}
