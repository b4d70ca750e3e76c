//! How values of one type cross, with the Python classes that stand for it.

use super::number;
use super::streams::{Item, given_future, given_stream, taken_future, taken_stream};
use atoll_capabilities::custom::{Object, Shape, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBool, PyBytes, PyList, PyTuple};
use std::sync::Arc;

/// Makes the classes of one interface: each type's once.
pub(super) struct Classes<'py> {
    types: Bound<'py, PyModule>,
    values: Bound<'py, PyModule>,
    made: Vec<(String, Bound<'py, PyAny>)>,
}

/// A type as it crosses.
pub(super) enum Crossing {
    /// What needs no class: a truth, a number, a character or a text.
    Plain(Shape),
    Bytes,
    List(Box<Crossing>),
    Record(Py<PyAny>, Vec<(String, Crossing)>),
    Tuple(Vec<Crossing>),
    /// The class of each case, and its payload.
    Variant(Vec<(String, Py<PyAny>, Option<Crossing>)>),
    Enum(Vec<(String, Py<PyAny>)>),
    Flags(Py<PyAny>, Vec<String>),
    Option(Box<Crossing>),
    /// An option of an option, by `Some`.
    Nested(Py<PyAny>, Box<Crossing>),
    Result(Box<Outcome>),
    Resource,
    Stream(Item),
    Future(Item),
}

/// A result, with the classes that wrap it inside of other values, and the exception that a method raises for its error.
pub(super) struct Outcome {
    ok: Option<Crossing>,
    err: Option<Crossing>,
    ok_class: Py<PyAny>,
    err_class: Py<PyAny>,
    raised: Py<PyAny>,
}

impl<'py> Classes<'py> {
    pub(super) fn new(py: Python<'py>) -> PyResult<Self> {
        let types = py.import("atoll.capabilities.custom.types")?;
        Ok(Self { types, values: py.import("atoll.capabilities.custom.values")?, made: Vec::new() })
    }

    pub(super) fn crossing(&mut self, shape: &Shape) -> PyResult<Crossing> {
        Ok(match shape {
            Shape::Bytes => Crossing::Bytes,
            Shape::List(each) => Crossing::List(Box::new(self.crossing(each)?)),
            Shape::Tuple(shapes) => Crossing::Tuple(shapes.iter().map(|each| self.crossing(each)).collect::<PyResult<_>>()?),
            Shape::Record(name, fields) => {
                let names: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
                let class = self.class("record", name, shape, names)?;
                let fields = fields.iter().map(|(field, shape)| Ok((field.clone(), self.crossing(shape)?)));
                Crossing::Record(class.unbind(), fields.collect::<PyResult<_>>()?)
            }
            Shape::Variant(name, cases) => {
                let names: Vec<_> = cases.iter().map(|(case, payload)| (case.as_str(), payload.is_some())).collect();
                let classes = self.class("variant", name, shape, names)?.extract::<Vec<Py<PyAny>>>()?;
                let cases = cases.iter().zip(classes).map(|((case, payload), class)| {
                    Ok((case.clone(), class, payload.as_ref().map(|payload| self.crossing(payload)).transpose()?))
                });
                Crossing::Variant(cases.collect::<PyResult<_>>()?)
            }
            Shape::Enum(name, names) => {
                let members = self.class("enumeration", name, shape, names)?.extract::<Vec<Py<PyAny>>>()?;
                Crossing::Enum(names.iter().cloned().zip(members).collect())
            }
            Shape::Flags(name, names) => Crossing::Flags(self.class("flags", name, shape, names)?.unbind(), names.clone()),
            Shape::Option(some) if matches!(**some, Shape::Option(_)) => {
                Crossing::Nested(self.values.getattr("Some")?.unbind(), Box::new(self.crossing(some)?))
            }
            Shape::Option(some) => Crossing::Option(Box::new(self.crossing(some)?)),
            Shape::Result(ok, err) => Crossing::Result(Box::new(Outcome {
                ok: ok.as_ref().map(|ok| self.crossing(ok)).transpose()?,
                err: err.as_ref().map(|err| self.crossing(err)).transpose()?,
                ok_class: self.values.getattr("Ok")?.unbind(),
                err_class: self.values.getattr("Err")?.unbind(),
                raised: self.values.getattr("WitError")?.unbind(),
            })),
            Shape::Resource(..) => Crossing::Resource,
            Shape::Stream(of) => Crossing::Stream(self.item(of)?),
            Shape::Future(of) => Crossing::Future(self.item(of)?),
            plain => Crossing::Plain(plain.clone()),
        })
    }

    fn item(&mut self, of: &Option<Arc<Shape>>) -> PyResult<Item> {
        of.as_ref().map(|of| self.crossing(of).map(Arc::new)).transpose()
    }

    /// What `atoll.capabilities.custom.types` makes of the type: once, so that a class is one wherever it appears.
    fn class<T>(&mut self, kind: &str, name: &str, shape: &Shape, parts: T) -> PyResult<Bound<'py, PyAny>>
    where
        T: IntoPyObject<'py>,
    {
        let key = format!("{shape:?}");
        if let Some((_, class)) = self.made.iter().find(|(known, _)| *known == key) {
            return Ok(class.clone());
        }
        let class = self.types.call_method1(kind, (name, parts))?;
        self.made.push((key, class.clone()));
        Ok(class)
    }
}

impl Crossing {
    /// Streams of these come in portions.
    pub(super) fn is_byte(&self) -> bool {
        matches!(self, Self::Plain(Shape::U8))
    }

    /// A guest's value, for Python.
    pub(super) fn given<'py>(&self, py: Python<'py>, value: Value) -> PyResult<Bound<'py, PyAny>> {
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
                let values = fields.iter().zip(values).map(|((_, field), value)| field.given(py, value));
                class.bind(py).call1(PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)?)?
            }
            (Self::Tuple(each), Value::Fields(values)) => {
                let values = each.iter().zip(values).map(|(each, value)| each.given(py, value));
                PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            (Self::Variant(cases), Value::Case(index, payload)) => match (&cases[index], payload) {
                ((_, class, Some(crossing)), Some(payload)) => class.bind(py).call1((crossing.given(py, *payload)?,))?,
                ((_, class, _), _) => class.bind(py).call0()?,
            },
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
            (Self::Stream(item), Value::Stream(portions)) => given_stream(py, item, portions)?,
            (Self::Future(item), Value::Future(answer)) => given_future(py, item, answer)?,
            _ => return Err(PyTypeError::new_err("the guest's value is not of its type")),
        })
    }

    /// What a method gave back, or raised, for a guest.
    pub(super) fn answered(&self, answered: PyResult<Bound<'_, PyAny>>) -> PyResult<Value> {
        let Self::Result(outcome) = self else { return self.taken(&answered?, "the result") };
        match answered {
            Ok(value) => Ok(Value::Result(Ok(outcome.ok.as_ref().map(|ok| ok.boxed(&value, "the result")).transpose()?))),
            Err(error) => Python::attach(|py| {
                if !error.is_instance(py, outcome.raised.bind(py)) {
                    return Err(error);
                }
                let payload = error.value(py).getattr("payload")?;
                Ok(Value::Result(Err(outcome.err.as_ref().map(|err| err.boxed(&payload, "the error's payload")).transpose()?)))
            }),
        }
    }

    fn boxed(&self, value: &Bound<'_, PyAny>, path: &str) -> PyResult<Box<Value>> {
        self.taken(value, path).map(Box::new)
    }

    /// Python's value, for a guest; `path` says in an error which part does not fit.
    pub(super) fn taken(&self, value: &Bound<'_, PyAny>, path: &str) -> PyResult<Value> {
        let py = value.py();
        Ok(match self {
            Self::Plain(shape) => plain(shape, value).map_err(|error| at(py, path, &error))?,
            Self::Bytes => Value::Bytes(bytes(value).map_err(|error| at(py, path, &error))?),
            Self::List(each) => {
                let items = value.try_iter().map_err(|error| at(py, path, &error))?.enumerate();
                Value::List(items.map(|(index, item)| each.taken(&item?, &format!("{path}[{index}]"))).collect::<PyResult<_>>()?)
            }
            Self::Record(_, fields) => Value::Fields(
                fields
                    .iter()
                    .map(|(name, field)| field.taken(&part_of(value, name, path)?, &format!("{path}.{name}")))
                    .collect::<PyResult<_>>()?,
            ),
            Self::Tuple(each) => {
                let items = value.try_iter().map_err(|error| at(py, path, &error))?.collect::<PyResult<Vec<_>>>()?;
                if items.len() != each.len() {
                    return Err(PyTypeError::new_err(format!("{path} must have {} parts, and has {}", each.len(), items.len())));
                }
                let parts = each.iter().zip(&items).enumerate();
                Value::Fields(
                    parts.map(|(index, (each, item))| each.taken(item, &format!("{path}[{index}]"))).collect::<PyResult<_>>()?,
                )
            }
            Self::Variant(cases) => {
                let (index, payload) = case(value, cases.iter().map(|(name, ..)| name), path)?;
                let (name, _, crossing) = &cases[index];
                let payload = crossing.as_ref().map(|crossing| crossing.boxed(&payload, &format!("{path}.{name}")));
                Value::Case(index, payload.transpose()?)
            }
            Self::Enum(members) => Value::Case(case(value, members.iter().map(|(name, _)| name), path)?.0, None),
            Self::Flags(_, names) => {
                let bits =
                    types(py)?.call_method1("bits_of", (value, names)).map_err(|error| at(py, path, &error))?.extract::<u64>()?;
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
                let is_ok = value.is_instance(outcome.ok_class.bind(py))?;
                Value::Result(if is_ok { Ok(part(outcome.ok.as_ref())?) } else { Err(part(outcome.err.as_ref())?) })
            }
            Self::Resource => Value::Object(Arc::new(value.clone().unbind())),
            Self::Stream(item) => taken_stream(item, value).map_err(|error| at(py, path, &error))?,
            Self::Future(item) => taken_future(item, value).map_err(|error| at(py, path, &error))?,
        })
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

fn bytes(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    match value.extract::<PyBackedBytes>() {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(_) => value.py().import("builtins")?.call_method1("memoryview", (value,))?.call_method0("tobytes")?.extract(),
    }
}

fn held<'py>(py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyAny>> {
    match object.downcast_ref::<Py<PyAny>>() {
        Some(object) => Ok(object.bind(py).clone()),
        None => Err(PyTypeError::new_err("the resource is not Python's")),
    }
}

fn types(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("atoll.capabilities.custom.types")
}

fn part_of<'py>(value: &Bound<'py, PyAny>, name: &str, path: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    types(py)?.call_method1("field_of", (value, name)).map_err(|error| at(py, path, &error))
}

fn case<'a, 'py>(
    value: &Bound<'py, PyAny>,
    names: impl Iterator<Item = &'a String>,
    path: &str,
) -> PyResult<(usize, Bound<'py, PyAny>)> {
    let py = value.py();
    let found = types(py)?.call_method1("case_of", (value, names.collect::<Vec<_>>())).map_err(|error| at(py, path, &error))?;
    found.extract()
}

/// The error, with the place of what does not fit.
fn at(py: Python<'_>, path: &str, error: &PyErr) -> PyErr {
    PyTypeError::new_err(format!("{path}: {}", error.value(py)))
}
