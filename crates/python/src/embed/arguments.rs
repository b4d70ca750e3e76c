//! Python's arguments, by position and name, as a function's parameters.

use crate::crossing::{Classes, Crossing, Path, is_number, loosely};
use atoll_capabilities::custom::{Function, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

pub(super) struct Parameters {
    function: String,
    all: Vec<Parameter>,
    /// Of a core module: bytes count as two, and nothing has a name.
    is_loose: bool,
}

struct Parameter {
    name: String,
    crossing: Crossing,
    /// An option at the end need not be given.
    is_optional: bool,
}

impl Parameters {
    pub(super) fn new(
        py: Python<'_>,
        function: &Function,
        shown: &str,
        names: Vec<String>,
        classes: &Classes,
        is_loose: bool,
    ) -> PyResult<Self> {
        let mut all = Vec::new();
        for ((_, shape), name) in function.parameters.iter().zip(names) {
            all.push(Parameter { name, crossing: classes.crossing(py, shape)?, is_optional: false });
        }
        for parameter in all.iter_mut().rev() {
            parameter.is_optional = matches!(parameter.crossing, Crossing::Option(_) | Crossing::Nested(..));
            if !parameter.is_optional {
                break;
            }
        }
        Ok(Self { function: shown.to_owned(), all, is_loose })
    }

    /// Raises TypeError as a Python function would.
    pub(super) fn taken(&self, given: &Bound<'_, PyTuple>, named: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<Value>> {
        let (function, positional) = (&self.function, given.len());
        if self.is_loose {
            return self.loosely(given, named);
        }
        if positional > self.all.len() {
            let most = self.all.len();
            return Err(PyTypeError::new_err(format!("{function}() takes {most} arguments but {positional} were given")));
        }
        let mut values = Vec::with_capacity(self.all.len());
        for (index, parameter) in self.all.iter().enumerate() {
            let by_name = named.map(|named| named.get_item(&parameter.name)).transpose()?.flatten();
            let value = match by_name {
                Some(_) if index < positional => {
                    let name = &parameter.name;
                    return Err(PyTypeError::new_err(format!("{function}() got multiple values for argument '{name}'")));
                }
                Some(value) => value,
                None if index < positional => given.get_item(index)?,
                None if parameter.is_optional => given.py().None().into_bound(given.py()),
                None => return Err(self.missing(index, named)),
            };
            values.push(parameter.crossing.taken(&value, &Path::Of(&parameter.name))?);
        }
        match named {
            Some(named) => self.all_known(named).map(|()| values),
            None => Ok(values),
        }
    }

    /// The argument of that number does not live where the call runs.
    pub(super) fn elsewhere(&self, index: usize) -> PyErr {
        let name = &self.all[index].name;
        PyTypeError::new_err(format!("{name}: a resource of another instance; a call has resources of one instance only"))
    }

    fn loosely(&self, given: &Bound<'_, PyTuple>, named: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<Value>> {
        let function = &self.function;
        if named.is_some_and(|named| !named.is_empty()) {
            return Err(PyTypeError::new_err(format!("{function}() takes no keyword arguments")));
        }
        let (mut values, mut count) = (Vec::with_capacity(given.len()), 0);
        for (index, value) in given.iter().enumerate() {
            let path = Path::Item(&Path::Of(function), index);
            let value = match self.all.get(count) {
                Some(parameter) if is_number(&value) => parameter.crossing.taken(&value, &path)?,
                _ => loosely(&value, &path)?,
            };
            count += if matches!(value, Value::Bytes(_) | Value::String(_)) { 2 } else { 1 };
            values.push(value);
        }
        if count == self.all.len() {
            return Ok(values);
        }
        let wanted = self.all.len();
        Err(PyTypeError::new_err(format!("{function}() takes {wanted} numbers (bytes are two) but {count} were given")))
    }

    fn all_known(&self, named: &Bound<'_, PyDict>) -> PyResult<()> {
        for name in named.keys() {
            let name: String = name.extract()?;
            if !self.all.iter().any(|parameter| parameter.name == name) {
                let function = &self.function;
                return Err(PyTypeError::new_err(format!("{function}() got an unexpected keyword argument '{name}'")));
            }
        }
        Ok(())
    }

    fn missing(&self, from: usize, named: Option<&Bound<'_, PyDict>>) -> PyErr {
        let is_given = |name: &str| named.is_some_and(|named| named.contains(name).unwrap_or(false));
        let missing = self.all[from..].iter().filter(|parameter| !parameter.is_optional && !is_given(&parameter.name));
        let missing: Vec<_> = missing.map(|parameter| format!("'{}'", parameter.name)).collect();
        let (function, plural) = (&self.function, if missing.len() == 1 { "" } else { "s" });
        let count = missing.len();
        PyTypeError::new_err(format!("{function}() missing {count} required argument{plural}: {}", missing.join(", ")))
    }
}
