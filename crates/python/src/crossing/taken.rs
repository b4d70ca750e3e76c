//! Python's value, for a guest. What the classes of a type make is taken as it is; what only looks like one is asked for its parts.

use super::given::{HANDLE, alive};
use super::path::Path;
use super::streams::{taken_future, taken_stream};
use super::{Case, Crossing, Field, number};
use crate::embed::Resource;
use atoll_capabilities::custom::{Shape, Value};
use bytes::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyFloat, PyInt, PyString};
use std::sync::Arc;

impl Crossing {
    /// What a method gave back, or raised.
    pub(crate) fn answered(&self, answered: PyResult<Bound<'_, PyAny>>) -> PyResult<Value> {
        let Self::Result(outcome) = self else { return self.taken(&answered?, &Path::Of("the result")) };
        match answered {
            Ok(value) => {
                let ok = outcome.ok.as_ref().map(|ok| ok.boxed(&value, &Path::Of("the result"))).transpose()?;
                Ok(Value::Result(Ok(ok)))
            }
            Err(error) => Python::attach(|py| {
                if !error.is_instance(py, outcome.raised.bind(py)) {
                    return Err(error);
                }
                let payload = error.value(py).getattr("payload")?;
                let path = Path::Of("the error's payload");
                Ok(Value::Result(Err(outcome.err.as_ref().map(|err| err.boxed(&payload, &path)).transpose()?)))
            }),
        }
    }

    fn boxed(&self, value: &Bound<'_, PyAny>, path: &Path<'_>) -> PyResult<Box<Value>> {
        self.taken(value, path).map(Box::new)
    }

    /// `path` says in an error which part does not fit.
    pub(crate) fn taken(&self, value: &Bound<'_, PyAny>, path: &Path<'_>) -> PyResult<Value> {
        let py = value.py();
        let at = |error: PyErr| path.at(py, &error);
        Ok(match self {
            Self::Plain(shape) => plain(shape, value).map_err(at)?,
            Self::Bytes => Value::Bytes(bytes(value).map_err(at)?),
            Self::List(_) if value.is_instance_of::<PyString>() => {
                return Err(PyTypeError::new_err(format!("{path}: a text is no list")));
            }
            Self::List(each) => {
                let items = value.try_iter().map_err(at)?.enumerate();
                Value::List(items.map(|(index, item)| each.taken(&item?, &Path::Item(path, index))).collect::<PyResult<_>>()?)
            }
            Self::Record(class, fields) => {
                let is_own = value.get_type().is(class);
                Value::Fields(fields.iter().map(|field| field.taken(value, is_own, path)).collect::<PyResult<_>>()?)
            }
            Self::Tuple(each) => {
                let items = value.try_iter().map_err(at)?.collect::<PyResult<Vec<_>>>()?;
                if items.len() != each.len() {
                    return Err(PyTypeError::new_err(format!("{path} must have {} parts, and has {}", each.len(), items.len())));
                }
                let parts = each.iter().zip(&items).enumerate();
                Value::Fields(
                    parts.map(|(index, (each, item))| each.taken(item, &Path::Item(path, index))).collect::<PyResult<_>>()?,
                )
            }
            Self::Variant(cases) => variant(cases, value, path)?,
            Self::Enum(members) => match members.iter().position(|(_, member)| value.is(member)) {
                Some(index) => Value::Case(index, None),
                None => Value::Case(case(value, members.iter().map(|(name, _)| name), path)?.0, None),
            },
            Self::Flags(_, names) => {
                let bits = types(py)?.call_method1("bits_of", (value, names)).map_err(at)?.extract::<u64>()?;
                Value::Flags((0..names.len()).map(|bit| bits >> bit & 1 == 1).collect())
            }
            Self::Option(some) => Value::Option(if value.is_none() { None } else { Some(some.boxed(value, path)?) }),
            Self::Nested(_, some) => {
                Value::Option(if value.is_none() { None } else { Some(some.boxed(&part_of(value, "value", path)?, path)?) })
            }
            Self::Result(outcome) => {
                let part = |crossing: Option<&Self>| {
                    crossing.map(|crossing| crossing.boxed(&part_of(value, "value", path)?, path)).transpose()
                };
                if value.is_instance(outcome.ok_class.bind(py))? {
                    Value::Result(Ok(part(outcome.ok.as_ref())?))
                } else if value.is_instance(outcome.err_class.bind(py))? {
                    Value::Result(Err(part(outcome.err.as_ref())?))
                } else {
                    return Err(PyTypeError::new_err(format!("{path} must be Ok(…) or Err(…); got {}", value.repr()?)));
                }
            }
            Self::Resource(class) => {
                if let Some(class) = class
                    && !value.is_instance(class.bind(py))?
                {
                    return Err(wrong(value, class.bind(py), path)?);
                }
                Value::Object(Arc::new(value.clone().unbind()))
            }
            Self::Handle(class) => {
                let class = alive(class.bind(py))?;
                if !value.is_instance(&class)? {
                    return Err(wrong(value, &class, path)?);
                }
                Value::Handle(value.getattr(HANDLE)?.cast::<Resource>()?.get().handle().map_err(at)?)
            }
            Self::Stream(item, _) => taken_stream(item, value).map_err(at)?,
            Self::Future(item, _) => taken_future(item, value).map_err(at)?,
        })
    }
}

/// Whether it is no bytes.
pub(crate) fn is_number(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>()
}

/// A value for a core module: a number, or bytes that have an address there.
pub(crate) fn loosely(value: &Bound<'_, PyAny>, path: &Path<'_>) -> PyResult<Value> {
    if value.is_instance_of::<PyFloat>() {
        return value.extract().map(Value::Float64);
    }
    if value.is_instance_of::<PyInt>() {
        return value
            .extract()
            .map(Value::Signed)
            .or_else(|_| value.extract().map(Value::Unsigned))
            .map_err(|error| path.at(value.py(), &error));
    }
    if value.is_instance_of::<PyString>() {
        return value.extract().map(Value::String);
    }
    bytes(value).map(Value::Bytes).map_err(|error| path.at(value.py(), &error))
}

impl Field {
    fn taken(&self, record: &Bound<'_, PyAny>, is_own: bool, path: &Path<'_>) -> PyResult<Value> {
        let value = if is_own { record.getattr(&self.attribute)? } else { part_of(record, &self.name, path)? };
        self.crossing.taken(&value, &Path::Field(path, &self.shown))
    }
}

fn wrong(value: &Bound<'_, PyAny>, class: &Bound<'_, PyAny>, path: &Path<'_>) -> PyResult<PyErr> {
    Ok(PyTypeError::new_err(format!("{path} must be a {}; got {}", class.getattr("__name__")?, value.repr()?)))
}

fn variant(cases: &[Case], value: &Bound<'_, PyAny>, path: &Path<'_>) -> PyResult<Value> {
    let class = value.get_type();
    let own = cases.iter().position(|case| class.is(&case.class));
    let (index, payload) = match own {
        Some(index) if cases[index].payload.is_some() => (index, value.getattr("value")?),
        Some(index) => (index, value.clone()),
        None => case(value, cases.iter().map(|case| &case.name), path)?,
    };
    let Case { name, payload: crossing, .. } = &cases[index];
    if crossing.is_none() && own.is_none() && !payload.is_none() {
        return Err(PyTypeError::new_err(format!("{path}.{name} has no payload; got {}", payload.repr()?)));
    }
    let payload = crossing.as_ref().map(|crossing| crossing.boxed(&payload, &Path::Field(path, name)));
    Ok(Value::Case(index, payload.transpose()?))
}

fn plain(shape: &Shape, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Some(number) = number::taken(shape, value) {
        return number;
    }
    match shape {
        Shape::Bool => value.extract().map(Value::Bool),
        Shape::Char => value.extract().map(Value::Char),
        _ => value.extract().map(Value::String),
    }
}

/// From here on bytes are lent to the call that takes them. Fewer are sooner copied than kept and let go.
const LENT: usize = 16 << 10;

fn bytes(value: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    match value.extract::<PyBackedBytes>() {
        Ok(bytes) if bytes.len() < LENT => Ok(Bytes::copy_from_slice(&bytes)),
        Ok(bytes) => Ok(Bytes::from_owner(bytes)),
        Err(_) => {
            let py = value.py();
            let viewed = py.import("builtins")?.call_method1("memoryview", (value,));
            viewed.map_err(|error| unnamed(py, error))?.call_method0("tobytes")?.extract().map(|bytes: Vec<u8>| bytes.into())
        }
    }
}

/// The user did not ask for a `memoryview`.
fn unnamed(py: Python<'_>, error: PyErr) -> PyErr {
    let said = error.value(py).to_string();
    match said.strip_prefix("memoryview: ") {
        Some(said) => PyTypeError::new_err(said.to_owned()),
        None => error,
    }
}

fn types(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("atoll.capabilities.custom.types")
}

fn part_of<'py>(value: &Bound<'py, PyAny>, name: &str, path: &Path<'_>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    types(py)?.call_method1("field_of", (value, name)).map_err(|error| path.at(py, &error))
}

fn case<'a, 'py>(
    value: &Bound<'py, PyAny>,
    names: impl Iterator<Item = &'a String>,
    path: &Path<'_>,
) -> PyResult<(usize, Bound<'py, PyAny>)> {
    let py = value.py();
    let found = types(py)?.call_method1("case_of", (value, names.collect::<Vec<_>>())).map_err(|error| path.at(py, &error))?;
    found.extract()
}
