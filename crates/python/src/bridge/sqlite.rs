//! A Python object as a database.

use super::Provider;
use super::values::{bytes, given};
use atoll_capabilities::answer::Answer;
use atoll_capabilities::sqlite::{Connection, Database, Row, Rows, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple};
use std::sync::Arc;

/// `atoll.capabilities.sqlite.Database`.
const METHODS: &[&str] = &["open"];
/// `atoll.capabilities.sqlite.Connection`, of what its answers consist.
const OF_CONNECTION: &[&str] = &["execute", "last_insert_rowid", "changes"];

pub(crate) struct PythonDatabase(Provider);

impl PythonDatabase {
    /// Raises AttributeError where the object is no database.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Provider::of(object, METHODS).map(Self)
    }
}

impl Database for PythonDatabase {
    fn open(&self) -> Answer<Arc<dyn Connection>> {
        let connection = |object: &Bound<'_, PyAny>| -> PyResult<Arc<dyn Connection>> {
            Ok(Arc::new(PythonConnection(Provider::of(object, OF_CONNECTION)?)))
        };
        self.0.call("open", |py| Ok(PyTuple::empty(py)), connection)
    }
}

/// Closed when its guest has closed it.
struct PythonConnection(Provider);

impl Connection for PythonConnection {
    fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<Rows> {
        self.0.call("execute", move |py| given(py, (statement, listed(py, parameters)?)), rows)
    }

    fn last_insert_rowid(&self) -> Answer<i64> {
        self.0.call("last_insert_rowid", |py| Ok(PyTuple::empty(py)), |rowid| rowid.extract())
    }

    fn changes(&self) -> Answer<u64> {
        self.0.call("changes", |py| Ok(PyTuple::empty(py)), |changes| changes.extract())
    }
}

fn listed(py: Python<'_>, parameters: Vec<Value>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for parameter in parameters {
        match parameter {
            Value::Integer(integer) => list.append(integer)?,
            Value::Real(real) => list.append(real)?,
            Value::Text(text) => list.append(text)?,
            Value::Blob(blob) => list.append(PyBytes::new(py, &blob))?,
            Value::Null => list.append(py.None())?,
        }
    }
    Ok(list)
}

fn rows(answer: &Bound<'_, PyAny>) -> PyResult<Rows> {
    let (columns, rows): (Vec<String>, Bound<'_, PyAny>) = answer.extract()?;
    let rows = rows.try_iter()?.map(|row| {
        let values = row?.try_iter()?.map(|each| value(&each?)).collect::<PyResult<_>>()?;
        Ok(Row(values))
    });
    Ok(Rows { columns, rows: rows.collect::<PyResult<_>>()? })
}

fn value(each: &Bound<'_, PyAny>) -> PyResult<Value> {
    if each.is_none() {
        Ok(Value::Null)
    } else if each.is_instance_of::<PyString>() {
        each.extract().map(Value::Text)
    } else if each.is_instance_of::<PyInt>() {
        each.extract().map(Value::Integer)
    } else if each.is_instance_of::<PyFloat>() {
        each.extract().map(Value::Real)
    } else {
        bytes(each).map(Value::Blob)
    }
}
