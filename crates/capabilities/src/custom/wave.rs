//! Values as text, in the notation of WAVE: what `atoll call` takes and prints.

use super::shape::{Function, Shape};
use super::value::Value;
use std::borrow::Cow;
use wasm_wave::untyped::UntypedFuncCall;
use wasm_wave::value::{Type, Value as Wave};
use wasm_wave::wasm::{DisplayValue, WasmValue};

/// The arguments of a function, from text such as `("hi", {name: "anna", age: 3})`. Options at the end may be left out.
pub fn arguments(function: &Function, text: &str) -> Result<Vec<Value>, String> {
    let types = function.parameters.iter().map(|(name, shape)| ty(shape).map_err(|why| format!("`{name}` has {why}")));
    let types: Vec<Type> = types.collect::<Result<_, _>>()?;
    let are_options = function.parameters.iter().all(|(_, shape)| matches!(shape, Shape::Option(_)));
    if are_options && text.trim() == "()" {
        return Ok(function.parameters.iter().map(|_| Value::Option(None)).collect());
    }
    // The parser wants a name before the parenthesis.
    let text = format!("f{text}");
    let call = UntypedFuncCall::parse(&text).map_err(|error| error.to_string())?;
    let values: Vec<Wave> = call.to_wasm_params(&types).map_err(|error| error.to_string())?;
    let pairs = function.parameters.iter().zip(&values);
    pairs.map(|((_, shape), value)| taken(shape, value)).collect()
}

/// The value as text.
pub fn text(shape: &Shape, value: &Value) -> Result<String, String> {
    Ok(DisplayValue(&given(shape, value)?).to_string())
}

fn ty(shape: &Shape) -> Result<Type, String> {
    let none = || "a type that cannot be written as text".to_owned();
    let part = |of: Option<&Shape>| of.map(ty).transpose();
    Ok(match shape {
        Shape::Bool => Type::BOOL,
        Shape::S8 => Type::S8,
        Shape::U8 => Type::U8,
        Shape::S16 => Type::S16,
        Shape::U16 => Type::U16,
        Shape::S32 | Shape::I32 => Type::S32,
        Shape::U32 => Type::U32,
        Shape::S64 | Shape::I64 => Type::S64,
        Shape::U64 => Type::U64,
        Shape::Float32 => Type::F32,
        Shape::Float64 => Type::F64,
        Shape::Char => Type::CHAR,
        Shape::String => Type::STRING,
        Shape::Bytes => Type::list(Type::U8),
        Shape::List(each) => Type::list(ty(each)?),
        Shape::Option(some) => Type::option(ty(some)?),
        Shape::Result(ok, err) => Type::result(part(ok.as_deref())?, part(err.as_deref())?),
        Shape::Tuple(parts) => Type::tuple(parts.iter().map(ty).collect::<Result<Vec<_>, _>>()?).ok_or_else(none)?,
        Shape::Record(_, fields) => {
            let fields =
                fields.iter().map(|(name, shape)| Ok((name.as_str(), ty(shape)?))).collect::<Result<Vec<_>, String>>()?;
            Type::record(fields).ok_or_else(none)?
        }
        Shape::Variant(_, cases) => {
            let cases = cases.iter().map(|(name, shape)| Ok((name.as_str(), part(shape.as_ref())?)));
            Type::variant(cases.collect::<Result<Vec<_>, String>>()?).ok_or_else(none)?
        }
        Shape::Enum(_, names) => Type::enum_ty(names.iter().map(String::as_str)).ok_or_else(none)?,
        Shape::Flags(_, names) => Type::flags(names.iter().map(String::as_str)).ok_or_else(none)?,
        Shape::Resource(..) | Shape::Handle(..) | Shape::Stream(_) | Shape::Future(_) => return Err(none()),
    })
}

/// The parser has made sure that `value` is of this shape.
fn taken(shape: &Shape, value: &Wave) -> Result<Value, String> {
    let boxed = |shape: Option<&Shape>, value: Option<Cow<'_, Wave>>| -> Result<Option<Box<Value>>, String> {
        shape.zip(value).map(|(shape, value)| taken(shape, &value).map(Box::new)).transpose()
    };
    Ok(match shape {
        Shape::Bool => Value::Bool(value.unwrap_bool()),
        Shape::S8 => Value::Signed(value.unwrap_s8().into()),
        Shape::S16 => Value::Signed(value.unwrap_s16().into()),
        Shape::S32 | Shape::I32 => Value::Signed(value.unwrap_s32().into()),
        Shape::S64 | Shape::I64 => Value::Signed(value.unwrap_s64()),
        Shape::U8 => Value::Unsigned(value.unwrap_u8().into()),
        Shape::U16 => Value::Unsigned(value.unwrap_u16().into()),
        Shape::U32 => Value::Unsigned(value.unwrap_u32().into()),
        Shape::U64 => Value::Unsigned(value.unwrap_u64()),
        Shape::Float32 => Value::Float32(value.unwrap_f32()),
        Shape::Float64 => Value::Float64(value.unwrap_f64()),
        Shape::Char => Value::Char(value.unwrap_char()),
        Shape::String => Value::String(value.unwrap_string().into_owned()),
        Shape::Bytes => Value::Bytes(value.unwrap_list().map(|byte| byte.unwrap_u8()).collect()),
        Shape::List(each) => Value::List(value.unwrap_list().map(|item| taken(each, &item)).collect::<Result<_, _>>()?),
        Shape::Tuple(parts) => {
            let pairs = parts.iter().zip(value.unwrap_tuple());
            Value::Fields(pairs.map(|(shape, part)| taken(shape, &part)).collect::<Result<_, _>>()?)
        }
        Shape::Record(_, fields) => {
            let pairs = fields.iter().zip(value.unwrap_record());
            Value::Fields(pairs.map(|((_, shape), (_, field))| taken(shape, &field)).collect::<Result<_, _>>()?)
        }
        Shape::Variant(_, cases) => {
            let (name, payload) = value.unwrap_variant();
            let index = cases.iter().position(|(case, _)| *case == name).ok_or_else(|| format!("there is no case `{name}`"))?;
            Value::Case(index, boxed(cases[index].1.as_ref(), payload)?)
        }
        Shape::Enum(_, names) => {
            let name = value.unwrap_enum();
            Value::Case(names.iter().position(|known| *known == name).ok_or_else(|| format!("there is no case `{name}`"))?, None)
        }
        Shape::Flags(_, names) => {
            let set: Vec<_> = value.unwrap_flags().collect();
            Value::Flags(names.iter().map(|name| set.iter().any(|known| known == name)).collect())
        }
        Shape::Option(some) => Value::Option(boxed(Some(some), value.unwrap_option())?),
        Shape::Result(ok, err) => Value::Result(match value.unwrap_result() {
            Ok(value) => Ok(boxed(ok.as_deref(), value)?),
            Err(value) => Err(boxed(err.as_deref(), value)?),
        }),
        Shape::Resource(..) | Shape::Handle(..) | Shape::Stream(_) | Shape::Future(_) => return Err("no text".into()),
    })
}

fn given(shape: &Shape, value: &Value) -> Result<Wave, String> {
    let wrong = |error: wasm_wave::wasm::WasmValueError| error.to_string();
    let whole = |shape: &Shape| ty(shape);
    let part =
        |shape: Option<&Shape>, value: Option<&Value>| shape.zip(value).map(|(shape, value)| given(shape, value)).transpose();
    let narrow = |_| "a number that does not fit its type".to_owned();
    Ok(match (shape, value) {
        (_, Value::Bool(truth)) => Wave::make_bool(*truth),
        (Shape::S8, Value::Signed(number)) => Wave::make_s8((*number).try_into().map_err(narrow)?),
        (Shape::S16, Value::Signed(number)) => Wave::make_s16((*number).try_into().map_err(narrow)?),
        (Shape::S32 | Shape::I32, Value::Signed(number)) => Wave::make_s32((*number).try_into().map_err(narrow)?),
        (Shape::S64 | Shape::I64, Value::Signed(number)) => Wave::make_s64(*number),
        (Shape::U8, Value::Unsigned(number)) => Wave::make_u8((*number).try_into().map_err(narrow)?),
        (Shape::U16, Value::Unsigned(number)) => Wave::make_u16((*number).try_into().map_err(narrow)?),
        (Shape::U32, Value::Unsigned(number)) => Wave::make_u32((*number).try_into().map_err(narrow)?),
        (Shape::U64, Value::Unsigned(number)) => Wave::make_u64(*number),
        (_, Value::Float32(number)) => Wave::make_f32(*number),
        (_, Value::Float64(number)) => Wave::make_f64(*number),
        (_, Value::Char(char)) => Wave::make_char(*char),
        (_, Value::String(text)) => Wave::make_string(Cow::Borrowed(text)),
        (_, Value::Bytes(bytes)) => {
            let bytes = bytes.iter().map(|byte| Wave::make_u8(*byte));
            Wave::make_list(&Type::list(Type::U8), bytes).map_err(wrong)?
        }
        (Shape::List(each), Value::List(values)) => {
            let items = values.iter().map(|value| given(each, value)).collect::<Result<Vec<_>, _>>()?;
            Wave::make_list(&whole(shape)?, items).map_err(wrong)?
        }
        (Shape::Tuple(parts), Value::Fields(values)) => {
            let items = parts.iter().zip(values).map(|(shape, value)| given(shape, value)).collect::<Result<Vec<_>, _>>()?;
            Wave::make_tuple(&whole(shape)?, items).map_err(wrong)?
        }
        (Shape::Record(_, fields), Value::Fields(values)) => {
            let items = fields.iter().zip(values).map(|((name, shape), value)| Ok((name.as_str(), given(shape, value)?)));
            Wave::make_record(&whole(shape)?, items.collect::<Result<Vec<_>, String>>()?).map_err(wrong)?
        }
        (Shape::Variant(_, cases), Value::Case(index, payload)) => {
            let (name, of) = &cases[*index];
            Wave::make_variant(&whole(shape)?, name, part(of.as_ref(), payload.as_deref())?).map_err(wrong)?
        }
        (Shape::Enum(_, names), Value::Case(index, _)) => Wave::make_enum(&whole(shape)?, &names[*index]).map_err(wrong)?,
        (Shape::Flags(_, names), Value::Flags(set)) => {
            let set = names.iter().zip(set).filter(|(_, is_set)| **is_set).map(|(name, _)| name.as_str());
            Wave::make_flags(&whole(shape)?, set).map_err(wrong)?
        }
        (Shape::Option(some), Value::Option(value)) => {
            Wave::make_option(&whole(shape)?, part(Some(some), value.as_deref())?).map_err(wrong)?
        }
        (Shape::Result(ok, err), Value::Result(value)) => {
            let value = match value {
                Ok(value) => Ok(part(ok.as_deref(), value.as_deref())?),
                Err(value) => Err(part(err.as_deref(), value.as_deref())?),
            };
            Wave::make_result(&whole(shape)?, value).map_err(wrong)?
        }
        _ => return Err("it is a value that cannot be written as text".to_owned()),
    })
}
