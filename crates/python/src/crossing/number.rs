//! Numbers of every width, and the error of one that does not fit.

use atoll_capabilities::custom::{Shape, Value};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use std::fmt::Display;

/// Digits of a number that an error shows.
const SHOWN: usize = 40;

/// None where the shape is no number.
pub(super) fn taken(shape: &Shape, value: &Bound<'_, PyAny>) -> Option<PyResult<Value>> {
    let signed = |number: PyResult<i64>| number.map(Value::Signed);
    let unsigned = |number: PyResult<u64>| number.map(Value::Unsigned);
    Some(match shape {
        Shape::S8 => signed(value.extract::<i8>().map(Into::into)).or_else(|error| misfit(error, value, "s8", i8::MIN, i8::MAX)),
        Shape::S16 => {
            signed(value.extract::<i16>().map(Into::into)).or_else(|error| misfit(error, value, "s16", i16::MIN, i16::MAX))
        }
        Shape::S32 => {
            signed(value.extract::<i32>().map(Into::into)).or_else(|error| misfit(error, value, "s32", i32::MIN, i32::MAX))
        }
        Shape::S64 => signed(value.extract()).or_else(|error| misfit(error, value, "s64", i64::MIN, i64::MAX)),
        Shape::U8 => unsigned(value.extract::<u8>().map(Into::into)).or_else(|error| misfit(error, value, "u8", 0, u8::MAX)),
        Shape::U16 => unsigned(value.extract::<u16>().map(Into::into)).or_else(|error| misfit(error, value, "u16", 0, u16::MAX)),
        Shape::U32 => unsigned(value.extract::<u32>().map(Into::into)).or_else(|error| misfit(error, value, "u32", 0, u32::MAX)),
        Shape::U64 => unsigned(value.extract()).or_else(|error| misfit(error, value, "u64", 0, u64::MAX)),
        // A core module's may be meant with a sign or without.
        Shape::I32 => signed(value.extract::<i32>().map(Into::into))
            .or_else(|_| unsigned(value.extract::<u32>().map(Into::into)))
            .or_else(|error| misfit(error, value, "i32", i32::MIN, u32::MAX)),
        Shape::I64 => signed(value.extract())
            .or_else(|_| unsigned(value.extract()))
            .or_else(|error| misfit(error, value, "i64", i64::MIN, u64::MAX)),
        Shape::Float32 => value.extract().and_then(narrow).map(Value::Float32),
        Shape::Float64 => value.extract().map(Value::Float64),
        _ => return None,
    })
}

/// What is no integer stays the error that Python knows.
fn misfit(error: PyErr, value: &Bound<'_, PyAny>, name: &str, least: impl Display, most: impl Display) -> PyResult<Value> {
    if !error.is_instance_of::<PyOverflowError>(value.py()) {
        return Err(error);
    }
    // Python refuses to write down what has thousands of digits.
    let shown = value.str().map(|shown| shown.to_string()).ok().filter(|shown| shown.len() <= SHOWN);
    let shown = shown.as_deref().unwrap_or("it");
    Err(PyOverflowError::new_err(format!("{shown} does not fit {name}, which goes from {least} to {most}")))
}

/// Digits may get lost, but a number does not become infinite.
fn narrow(number: f64) -> PyResult<f32> {
    let narrowed = number as f32;
    if narrowed.is_infinite() && number.is_finite() {
        return Err(PyOverflowError::new_err(format!("{number:e} does not fit f32, whose greatest is {:e}", f32::MAX)));
    }
    Ok(narrowed)
}
