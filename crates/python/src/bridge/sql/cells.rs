//! Values of databases as Python's objects, by the kinds of their columns.

use super::super::values::bytes;
use atoll_capabilities::sql::{Bound as End, Column, Interval, Kind, Range, Row, Value};
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use pyo3::{Bound, IntoPyObjectExt};

/// What becomes of the bytes of a type that the interface has no shape for.
pub(super) type Others = fn(Vec<u8>) -> Value;

/// Pairs of a kind and a value.
pub(super) fn listed(py: Python<'_>, parameters: Vec<Value>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for parameter in parameters {
        list.append((parameter.kind(), object(py, parameter)?))?;
    }
    Ok(list)
}

fn object(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Boolean(value) => value.into_bound_py_any(py),
        Value::Int8(value) => value.into_bound_py_any(py),
        Value::Int16(value) => value.into_bound_py_any(py),
        Value::Int32(value) => value.into_bound_py_any(py),
        Value::Int64(value) | Value::Timestamp(value) => value.into_bound_py_any(py),
        Value::Uint8(value) => value.into_bound_py_any(py),
        Value::Uint16(value) => value.into_bound_py_any(py),
        Value::Uint32(value) => value.into_bound_py_any(py),
        Value::Uint64(value) => value.into_bound_py_any(py),
        Value::Floating32(value) => value.into_bound_py_any(py),
        Value::Floating64(value) => value.into_bound_py_any(py),
        Value::Str(value) | Value::Uuid(value) | Value::Decimal(value) => value.into_bound_py_any(py),
        Value::Binary(value) | Value::Jsonb(value) | Value::Other(value) => Ok(PyBytes::new(py, &value).into_any()),
        Value::Date(value) => value.into_bound_py_any(py),
        Value::Time(value) => value.into_bound_py_any(py),
        Value::Datetime(value) => value.into_bound_py_any(py),
        Value::RangeInt32(range) => ends(range).into_bound_py_any(py),
        Value::RangeInt64(range) => ends(range).into_bound_py_any(py),
        Value::RangeDecimal(range) => ends(range).into_bound_py_any(py),
        Value::ArrayInt32(values) => values.into_bound_py_any(py),
        Value::ArrayInt64(values) => values.into_bound_py_any(py),
        Value::ArrayDecimal(values) | Value::ArrayStr(values) => values.into_bound_py_any(py),
        Value::Interval(Interval { micros, days, months }) => (micros, days, months).into_bound_py_any(py),
    }
}

fn ends<T>(range: Range<T>) -> Range<T, &'static str> {
    let name = |end| match end {
        End::Inclusive => "inclusive",
        End::Exclusive => "exclusive",
    };
    let named = |end: Option<(T, End)>| end.map(|(value, end)| (value, name(end)));
    (named(range.0), named(range.1))
}

pub(super) fn columns(columns: &Bound<'_, PyAny>) -> PyResult<Vec<Column>> {
    let column = |column: PyResult<Bound<'_, PyAny>>| {
        let (name, kind, type_name): (String, String, String) = column?.extract()?;
        Ok(Column { name, kind: Kind::named(&kind), type_name })
    };
    columns.try_iter()?.map(column).collect()
}

pub(super) fn rows(rows: &Bound<'_, PyAny>, kinds: &[Kind], others: Others) -> PyResult<Vec<Row>> {
    let row = |row: PyResult<Bound<'_, PyAny>>| {
        let row = row?;
        let cells = row.cast::<PyTuple>()?;
        if cells.len() != kinds.len() {
            return Err(PyValueError::new_err("a row has not as many cells as there are columns"));
        }
        cells.iter().zip(kinds).map(|(cell, kind)| value(&cell, *kind, others)).collect()
    };
    rows.try_iter()?.map(row).collect()
}

fn value(cell: &Bound<'_, PyAny>, kind: Kind, others: Others) -> PyResult<Value> {
    if cell.is_none() {
        return Ok(Value::Null);
    }
    Ok(match kind {
        Kind::Boolean => Value::Boolean(cell.extract()?),
        Kind::Int8 => Value::Int8(cell.extract()?),
        Kind::Int16 => Value::Int16(cell.extract()?),
        Kind::Int32 => Value::Int32(cell.extract()?),
        Kind::Int64 => Value::Int64(cell.extract()?),
        Kind::Uint8 => Value::Uint8(cell.extract()?),
        Kind::Uint16 => Value::Uint16(cell.extract()?),
        Kind::Uint32 => Value::Uint32(cell.extract()?),
        Kind::Uint64 => Value::Uint64(cell.extract()?),
        Kind::Floating32 => Value::Floating32(cell.extract()?),
        Kind::Floating64 => Value::Floating64(cell.extract()?),
        Kind::Str => Value::Str(cell.extract()?),
        Kind::Binary => Value::Binary(bytes(cell)?),
        Kind::Date => Value::Date(cell.extract()?),
        Kind::Time => Value::Time(cell.extract()?),
        Kind::Datetime => Value::Datetime(cell.extract()?),
        Kind::Timestamp => Value::Timestamp(cell.extract()?),
        Kind::Uuid => Value::Uuid(cell.extract()?),
        Kind::Jsonb => Value::Jsonb(bytes(cell)?),
        Kind::Decimal => Value::Decimal(cell.extract()?),
        Kind::RangeInt32 => Value::RangeInt32(range(cell)?),
        Kind::RangeInt64 => Value::RangeInt64(range(cell)?),
        Kind::RangeDecimal => Value::RangeDecimal(range(cell)?),
        Kind::ArrayInt32 => Value::ArrayInt32(cell.extract()?),
        Kind::ArrayInt64 => Value::ArrayInt64(cell.extract()?),
        Kind::ArrayDecimal => Value::ArrayDecimal(cell.extract()?),
        Kind::ArrayStr => Value::ArrayStr(cell.extract()?),
        Kind::Interval => {
            let (micros, days, months) = cell.extract()?;
            Value::Interval(Interval { micros, days, months })
        }
        Kind::Other if cell.is_instance_of::<PyString>() => Value::Str(cell.extract()?),
        Kind::Other => others(bytes(cell)?),
    })
}

fn range<T: for<'py> FromPyObjectOwned<'py>>(cell: &Bound<'_, PyAny>) -> PyResult<Range<T>> {
    let end = |end: Bound<'_, PyAny>| -> PyResult<Option<(T, End)>> {
        if end.is_none() {
            return Ok(None);
        }
        let (value, name): (Bound<'_, PyAny>, String) = end.extract()?;
        let value = value.extract::<T>().map_err(Into::into)?;
        Ok(Some((value, if name == "inclusive" { End::Inclusive } else { End::Exclusive })))
    };
    let (lower, upper) = cell.extract()?;
    Ok((end(lower)?, end(upper)?))
}
