//! A Python object that answers an interface of an app's own.

use super::slots::{Slot, Slots};
use super::{Begin, Caller, Loop, Place, Raised, ask_in, called, close, logged};
use crate::crossing::{Classes, Crossing};
use atoll_capabilities::answer::Answer;
use atoll_capabilities::custom::{self, Callable, Fault, Function, Host, Interface, Value};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

pub(crate) struct PythonHost {
    object: Arc<Slot>,
    events: Loop,
    classes: Arc<Classes>,
    slots: Slots,
}

impl PythonHost {
    /// What it holds of Python's is in `slots`.
    pub(crate) fn new(object: &Bound<'_, PyAny>, classes: Arc<Classes>, slots: Slots) -> PyResult<Self> {
        Ok(Self { object: slots.put(object.clone().unbind()), events: Loop::of_process(object.py())?, classes, slots })
    }
}

impl Drop for PythonHost {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            close(Arc::new(object), &self.events);
        }
    }
}

impl Host for PythonHost {
    fn bind(&self, interface: &Interface) -> Result<Vec<Arc<dyn Callable>>, Vec<String>> {
        Python::attach(|py| match bind(py, self, interface) {
            Ok((bound, problems)) if problems.is_empty() => Ok(bound),
            Ok((_, problems)) => Err(problems),
            Err(error) => Err(vec![error.to_string()]),
        })
    }

    fn has(&self, function: &str) -> bool {
        let has = |py: Python<'_>| -> PyResult<bool> {
            let binding = py.import("atoll.capabilities.custom.binding")?;
            binding.call_method1("has", (self.object.get(py)?, function))?.is_truthy()
        };
        Python::attach(|py| has(py).unwrap_or(false))
    }
}

type Bindings = (Vec<Arc<dyn Callable>>, Vec<String>);

/// `atoll.capabilities.custom.binding` finds and checks the methods.
fn bind(py: Python<'_>, host: &PythonHost, interface: &Interface) -> PyResult<Bindings> {
    let wanted = interface.functions.iter().map(|function| {
        let names: Vec<_> = function.parameters.iter().map(|(name, _)| name.as_str()).collect();
        (function.name.as_str(), names)
    });
    let binding = py.import("atoll.capabilities.custom.binding")?;
    let found = binding.call_method1("bind", (host.object.get(py)?, wanted.collect::<Vec<_>>(), interface.is_core))?;
    let (methods, problems): (Vec<Bound<'_, PyAny>>, Vec<String>) = found.extract()?;
    let bound = interface.functions.iter().zip(methods).map(|(function, method)| {
        let method = Method::new(py, function, &method, host)?;
        Ok(Arc::new(method) as Arc<dyn Callable>)
    });
    Ok((bound.collect::<PyResult<_>>()?, problems))
}

struct Method {
    call: Arc<Slot>,
    awaited: bool,
    takes_door: bool,
    events: Loop,
    parameters: Arc<Vec<Crossing>>,
    result: Arc<Option<Crossing>>,
}

impl Method {
    fn new(py: Python<'_>, function: &Function, method: &Bound<'_, PyAny>, host: &PythonHost) -> PyResult<Self> {
        let classes = &host.classes;
        let parameters = function.parameters.iter().map(|(_, shape)| classes.crossing(py, shape));
        Ok(Self {
            call: host.slots.put(method.getattr("call")?.unbind()),
            awaited: method.getattr("awaited")?.extract()?,
            takes_door: method.getattr("takes_caller")?.extract()?,
            events: host.events.clone(),
            parameters: Arc::new(parameters.collect::<PyResult<_>>()?),
            result: Arc::new(function.result.as_ref().map(|shape| classes.crossing(py, shape)).transpose()?),
        })
    }

    /// Where it runs, for this caller.
    fn place(&self, caller: Option<&Caller>) -> Place {
        let events = || caller.and_then(|caller| caller.events.clone()).unwrap_or_else(|| self.events.clone());
        match caller {
            _ if self.awaited => Place::Events(events()),
            Some(caller) => caller.plain.clone(),
            None => Place::Threads,
        }
    }
}

impl Callable for Method {
    fn call(&self, caller: Option<custom::Object>, arguments: Vec<Value>) -> Answer<Option<Value>, Fault> {
        let caller = caller.as_ref().and_then(|caller| caller.downcast_ref::<Caller>());
        let (place, context) = (self.place(caller), caller.and_then(|caller| caller.context.clone()));
        let (call, parameters, result) = (self.call.clone(), self.parameters.clone(), self.result.clone());
        let begin: Begin = Box::new(move |py| {
            // A door comes before the parameters, and needs none to be given.
            let crossings = (0..arguments.len() - parameters.len()).map(|_| &Crossing::Bytes).chain(&*parameters);
            let arguments = crossings.zip(arguments).map(|(crossing, value)| crossing.given(py, value));
            called(&call.get(py)?, &PyTuple::new(py, arguments.collect::<PyResult<Vec<_>>>()?)?)
        });
        // Whoever called the guest is told what was raised.
        let is_told = caller.is_some();
        ask_in(begin, place, context, move |answered| {
            let told = match &*result {
                Some(result) => result.answered(answered).map(Some),
                None => answered.map(|_| None),
            };
            told.inspect_err(|error| {
                if !is_told {
                    Python::attach(|py| logged(py, error))
                }
            })
        })
    }

    fn takes_door(&self) -> bool {
        self.takes_door
    }
}

impl Raised for Fault {
    fn raised_later(error: PyErr) -> PyErr {
        Python::attach(|py| logged(py, &error));
        error
    }

    fn raised(error: PyErr) -> Self {
        Python::attach(|py| {
            let name = error.get_type(py).name().map_or_else(|_| "Exception".into(), |name| name.to_string());
            Self { message: format!("the provider failed: {name}"), cause: Some(Arc::new(error)) }
        })
    }
}
