//! A guest's value, for Python.

use super::streams::{given_future, given_stream};
use super::{Crossing, Outcome};
use crate::embed::{Caller, Resource};
use atoll_capabilities::custom::{Object, Value};
use pyo3::exceptions::{PyReferenceError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList, PyTuple, PyWeakrefMethods, PyWeakrefReference};

/// The attribute in which an object has the guest's resource that it stands for.
pub(crate) const HANDLE: &str = "_resource";

impl Crossing {
    pub(crate) fn given<'py>(&self, py: Python<'py>, value: Value) -> PyResult<Bound<'py, PyAny>> {
        Ok(match (self, value) {
            (_, Value::Bool(truth)) => PyBool::new(py, truth).to_owned().into_any(),
            (_, Value::Signed(number)) => number.into_pyobject(py)?.into_any(),
            (_, Value::Unsigned(number)) => number.into_pyobject(py)?.into_any(),
            (_, Value::Float32(number)) => number.into_pyobject(py)?.into_any(),
            (_, Value::Float64(number)) => number.into_pyobject(py)?.into_any(),
            (_, Value::Char(char)) => char.into_pyobject(py)?.into_any(),
            (_, Value::String(text)) => text.into_pyobject(py)?.into_any(),
            (_, Value::Bytes(bytes)) => PyBytes::new(py, &bytes).into_any(),
            (Self::List(each), Value::List(values)) => {
                let values = values.into_iter().map(|value| each.given(py, value));
                PyList::new(py, values.collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            (Self::Record(class, fields), Value::Fields(values)) => {
                let values = fields.iter().zip(values).map(|(field, value)| field.crossing.given(py, value));
                class.bind(py).call1(PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)?)?
            }
            (Self::Tuple(each), Value::Fields(values)) => {
                let values = each.iter().zip(values).map(|(each, value)| each.given(py, value));
                PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            (Self::Variant(cases), Value::Case(index, payload)) => {
                let case = &cases[index];
                match (&case.payload, payload) {
                    (Some(crossing), Some(payload)) => case.class.bind(py).call1((crossing.given(py, *payload)?,))?,
                    _ => case.class.bind(py).call0()?,
                }
            }
            (Self::Enum(members), Value::Case(index, _)) => members[index].1.bind(py).clone(),
            (Self::Flags(class, _), Value::Flags(set)) => {
                let bits = set.iter().enumerate().filter(|(_, is_set)| **is_set).fold(0_u64, |bits, (bit, _)| bits | 1 << bit);
                class.bind(py).call1((bits,))?
            }
            (Self::Option(some), Value::Option(Some(value))) => some.given(py, *value)?,
            (Self::Nested(class, some), Value::Option(Some(value))) => class.bind(py).call1((some.given(py, *value)?,))?,
            (_, Value::Option(None)) => py.None().into_bound(py),
            (Self::Result(outcome), Value::Result(Ok(value))) => {
                outcome.wrapped(py, &outcome.ok_class, outcome.ok.as_ref(), value)?
            }
            (Self::Result(outcome), Value::Result(Err(value))) => {
                outcome.wrapped(py, &outcome.err_class, outcome.err.as_ref(), value)?
            }
            (_, Value::Object(object)) => held(py, &object)?,
            (Self::Handle(class), Value::Handle(handle)) => {
                let class = alive(class.bind(py))?;
                // The class's own way to make one asks the guest for another.
                let object = py.get_type::<PyAny>().call_method1(intern!(py, "__new__"), (class,))?;
                object.setattr(HANDLE, Resource::new(handle)?)?;
                object
            }
            (_, Value::Door(door)) => Caller::new(door).into_pyobject(py)?.into_any(),
            (Self::Stream(item, types), Value::Stream(portions)) => given_stream(item, portions, types.bind(py))?,
            (Self::Future(item, types), Value::Future(answer)) => given_future(item, answer, types.bind(py))?,
            _ => return Err(PyTypeError::new_err("the guest's value is not of its type")),
        })
    }
}

/// The class of a resource.
pub(super) fn alive<'py>(class: &Bound<'py, PyWeakrefReference>) -> PyResult<Bound<'py, PyAny>> {
    class.upgrade().ok_or_else(|| PyReferenceError::new_err("the plugin is gone"))
}

/// A value of a core module, which says itself what it is.
pub(crate) fn plainly<'py>(py: Python<'py>, value: Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Fields(values) => {
            let values = values.into_iter().map(|value| plainly(py, value));
            Ok(PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)?.into_any())
        }
        value => Crossing::Bytes.given(py, value),
    }
}

impl Outcome {
    fn wrapped<'py>(
        &self,
        py: Python<'py>,
        class: &Py<PyAny>,
        crossing: Option<&Crossing>,
        value: Option<Box<Value>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let value = crossing.zip(value).map(|(crossing, value)| crossing.given(py, *value)).transpose()?;
        class.bind(py).call1((value,))
    }
}

fn held<'py>(py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyAny>> {
    match object.downcast_ref::<Py<PyAny>>() {
        Some(object) => Ok(object.bind(py).clone()),
        None => Err(PyTypeError::new_err("the resource is not Python's")),
    }
}
