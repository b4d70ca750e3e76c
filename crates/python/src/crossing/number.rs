//! Numbers of every width, and the error of one that does not fit.

use atoll_capabilities::custom::{Shape, Value};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

/// None where the shape is no number.
pub(super) fn taken(shape: &Shape, value: &Bound<'_, PyAny>) -> Option<PyResult<Value>> {
    let signed = |number: PyResult<i64>| number.map(Value::Signed);
    let unsigned = |number: PyResult<u64>| number.map(Value::Unsigned);
    Some(match shape {
        Shape::S8 => signed(value.extract::<i8>().map(Into::into)),
        Shape::S16 => signed(value.extract::<i16>().map(Into::into)),
        Shape::S32 => signed(value.extract::<i32>().map(Into::into)),
        Shape::S64 => signed(value.extract()),
        Shape::U8 => unsigned(value.extract::<u8>().map(Into::into)),
        Shape::U16 => unsigned(value.extract::<u16>().map(Into::into)),
        Shape::U32 => unsigned(value.extract::<u32>().map(Into::into)),
        Shape::U64 => unsigned(value.extract()),
        Shape::I32 => integer(value, i64::from(i32::MIN)..=i64::from(u32::MAX)),
        Shape::I64 => signed(value.extract()).or_else(|_| unsigned(value.extract())),
        Shape::Float32 => value.extract().map(Value::Float32),
        Shape::Float64 => value.extract().map(Value::Float64),
        _ => return None,
    })
}

/// An integer of a core module, which may be meant with a sign or without.
fn integer(value: &Bound<'_, PyAny>, range: std::ops::RangeInclusive<i64>) -> PyResult<Value> {
    let number: i64 = value.extract()?;
    if range.contains(&number) {
        return Ok(Value::Signed(number));
    }
    Err(PyOverflowError::new_err(format!("{number} does not fit into 32 bits")))
}
