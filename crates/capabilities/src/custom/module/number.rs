//! A core module's numbers.

use super::Value;
use wasmtime::{Error, Result, Val, ValType, bail};

pub(super) fn address_of(val: &Val) -> Result<u64> {
    match val {
        Val::I32(at) => Ok(at.cast_unsigned().into()),
        Val::I64(at) => Ok(at.cast_unsigned()),
        other => bail!("{other:?} is no address"),
    }
}

/// A number of the guest's. Integers have a sign.
pub(super) fn given(val: &Val) -> Result<Value> {
    Ok(match val {
        Val::I32(number) => Value::Signed((*number).into()),
        Val::I64(number) => Value::Signed(*number),
        Val::F32(bits) => Value::Float32(f32::from_bits(*bits)),
        Val::F64(bits) => Value::Float64(f64::from_bits(*bits)),
        other => bail!("{other:?} is a value that Python has none for"),
    })
}

/// A number for the guest: an integer with or without a sign, as long as it fits.
pub(super) fn taken(value: &Value, ty: &ValType) -> Result<Val> {
    let wrong = || Error::msg(format!("{} is no {ty}", shown(value)));
    Ok(match (ty, value) {
        (ValType::I32, Value::Signed(number)) => match i32::try_from(*number) {
            Ok(number) => Val::I32(number),
            Err(_) => Val::I32(u32::try_from(*number).map_err(|_| wrong())?.cast_signed()),
        },
        (ValType::I32, Value::Unsigned(number)) => Val::I32(u32::try_from(*number).map_err(|_| wrong())?.cast_signed()),
        (ValType::I64, Value::Signed(number)) => Val::I64(*number),
        (ValType::I64, Value::Unsigned(number)) => Val::I64(number.cast_signed()),
        (ValType::F32, Value::Float32(number)) => Val::F32(number.to_bits()),
        #[expect(clippy::cast_possible_truncation, reason = "that is what an f32 holds of it")]
        (ValType::F32, Value::Float64(number)) => Val::F32((*number as f32).to_bits()),
        (ValType::F64, Value::Float64(number)) => Val::F64(number.to_bits()),
        (ValType::F64, Value::Float32(number)) => Val::F64(f64::from(*number).to_bits()),
        #[expect(clippy::cast_precision_loss, reason = "as Python's float() does")]
        (ValType::F32 | ValType::F64, Value::Signed(number)) => return taken(&Value::Float64(*number as f64), ty),
        #[expect(clippy::cast_precision_loss, reason = "as Python's float() does")]
        (ValType::F32 | ValType::F64, Value::Unsigned(number)) => return taken(&Value::Float64(*number as f64), ty),
        _ => return Err(wrong()),
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Signed(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float32(number) => number.to_string(),
        Value::Float64(number) => number.to_string(),
        _ => "the value".into(),
    }
}
