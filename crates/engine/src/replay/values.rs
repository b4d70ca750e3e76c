//! Values of the engine from JSON and to it, in the form of [recordings](crate::recording).

use crate::recording::json::{self, BASE64, BITS, ERR, OK, RESOURCE, SOME, UTF8};
use crate::state::State;
use serde_json::{Map, Value};
use wasmtime::component::{ResourceAny, ResourceDynamic, ResourceType, Type, Val};
use wasmtime::{Error, Result, StoreContextMut, bail};

/// Every resource of a replay: what tells two apart is the number.
const ONE_TYPE: u32 = 0;

pub(super) fn resource_type() -> ResourceType {
    ResourceType::host_dynamic(ONE_TYPE)
}

/// What the guest passed.
pub(super) fn told(value: &Val, store: &mut StoreContextMut<'_, State>) -> Result<Value> {
    let mut all = |items: &[Val]| items.iter().map(|item| told(item, store)).collect::<Result<Vec<_>>>();
    Ok(match value {
        Val::Bool(value) => (*value).into(),
        Val::S8(value) => (*value).into(),
        Val::U8(value) => (*value).into(),
        Val::S16(value) => (*value).into(),
        Val::U16(value) => (*value).into(),
        Val::S32(value) => (*value).into(),
        Val::U32(value) => (*value).into(),
        Val::S64(value) => (*value).into(),
        Val::U64(value) => (*value).into(),
        Val::Float32(value) => json::float((*value).into(), value.to_bits().into()),
        Val::Float64(value) => json::float(*value, value.to_bits()),
        Val::Char(value) => value.to_string().into(),
        Val::String(text) => text.as_str().into(),
        Val::Bytes(bytes) => json::bytes(bytes),
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => all(items)?.into(),
        Val::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Ok(vec![told(key, store)?, told(value, store)?].into()));
            Value::Array(entries.collect::<Result<_>>()?)
        }
        Val::Record(fields) => {
            let fields = fields.iter().map(|(name, value)| Ok((name.clone(), told(value, store)?)));
            Value::Object(fields.collect::<Result<Map<_, _>>>()?)
        }
        Val::Variant(name, payload) => json::case(name, payload.as_ref().map(|payload| told(payload, store)).transpose()?),
        Val::Enum(name) => name.as_str().into(),
        Val::Option(some) => json::option(some.as_ref().map(|some| told(some, store)).transpose()?),
        Val::Result(result) => {
            let payload = result.as_ref().unwrap_or_else(|payload| payload);
            json::result(result.is_err(), payload.as_ref().map(|payload| told(payload, store)).transpose()?)
        }
        Val::Flags(names) => names.clone().into(),
        Val::Resource(resource) => json::handle(representation(*resource, store)?),
        Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => bail!("streams and futures are not recorded"),
    })
}

fn representation(resource: ResourceAny, store: &mut StoreContextMut<'_, State>) -> Result<u32> {
    let known = ResourceDynamic::try_from_resource_any(resource, store)?;
    let representation = known.rep();
    Ok(representation)
}

/// What the host gives.
pub(super) fn given(value: &Value, ty: &Type, store: &mut StoreContextMut<'_, State>) -> Result<Val> {
    let wrong = || Error::msg(format!("the recording has {value} where the guest wants another type"));
    let number = |value: &Value| value.as_i64().or_else(|| value.as_u64().map(u64::cast_signed));
    Ok(match ty {
        Type::Bool => Val::Bool(value.as_bool().ok_or_else(wrong)?),
        Type::S8 => Val::S8(number(value).ok_or_else(wrong)?.try_into()?),
        Type::U8 => Val::U8(number(value).ok_or_else(wrong)?.try_into()?),
        Type::S16 => Val::S16(number(value).ok_or_else(wrong)?.try_into()?),
        Type::U16 => Val::U16(number(value).ok_or_else(wrong)?.try_into()?),
        Type::S32 => Val::S32(number(value).ok_or_else(wrong)?.try_into()?),
        Type::U32 => Val::U32(number(value).ok_or_else(wrong)?.try_into()?),
        Type::S64 => Val::S64(value.as_i64().ok_or_else(wrong)?),
        Type::U64 => Val::U64(value.as_u64().ok_or_else(wrong)?),
        Type::Float32 => match bits(value) {
            Some(bits) => Val::Float32(f32::from_bits(bits.try_into()?)),
            #[expect(clippy::cast_possible_truncation, reason = "it was one of 32 bits")]
            None => Val::Float32(value.as_f64().ok_or_else(wrong)? as f32),
        },
        Type::Float64 => match bits(value) {
            Some(bits) => Val::Float64(f64::from_bits(bits)),
            None => Val::Float64(value.as_f64().ok_or_else(wrong)?),
        },
        Type::Char => {
            let mut chars = value.as_str().ok_or_else(wrong)?.chars();
            Val::Char(chars.next().ok_or_else(wrong)?)
        }
        Type::String => Val::String(value.as_str().ok_or_else(wrong)?.to_owned()),
        Type::List(list) if matches!(list.ty(), Type::U8) => Val::Bytes(bytes(value).ok_or_else(wrong)?),
        Type::List(list) => {
            let items = value.as_array().ok_or_else(wrong)?;
            Val::List(items.iter().map(|item| given(item, &list.ty(), store)).collect::<Result<_>>()?)
        }
        Type::FixedLengthList(list) => {
            let items = value.as_array().ok_or_else(wrong)?;
            Val::FixedLengthList(items.iter().map(|item| given(item, &list.ty(), store)).collect::<Result<_>>()?)
        }
        Type::Map(map) => {
            let entries = value.as_array().ok_or_else(wrong)?.iter().map(|entry| match entry.as_array().map(Vec::as_slice) {
                Some([key, value]) => Ok((given(key, &map.key(), store)?, given(value, &map.value(), store)?)),
                _ => Err(wrong()),
            });
            Val::Map(entries.collect::<Result<_>>()?)
        }
        Type::Record(record) => {
            let fields = record.fields().map(|field| {
                let value = value.get(field.name).ok_or_else(wrong)?;
                Ok((field.name.to_owned(), given(value, &field.ty, store)?))
            });
            Val::Record(fields.collect::<Result<_>>()?)
        }
        Type::Tuple(tuple) => {
            let items = value.as_array().filter(|items| items.len() == tuple.types().len()).ok_or_else(wrong)?;
            Val::Tuple(items.iter().zip(tuple.types()).map(|(item, ty)| given(item, &ty, store)).collect::<Result<_>>()?)
        }
        Type::Variant(variant) => {
            let (name, payload) = match value {
                Value::String(name) => (name, None),
                Value::Object(case) => case.iter().next().map(|(name, payload)| (name, Some(payload))).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            };
            let case = variant.cases().find(|case| case.name == name).ok_or_else(wrong)?;
            Val::Variant(name.clone(), boxed(payload, case.ty.as_ref(), store)?)
        }
        Type::Enum(names) => {
            let name = value.as_str().filter(|name| names.names().any(|known| known == *name)).ok_or_else(wrong)?;
            Val::Enum(name.to_owned())
        }
        Type::Option(option) => Val::Option(boxed(value.get(SOME), Some(&option.ty()), store)?),
        Type::Result(result) => match (value.get(OK), value.get(ERR)) {
            (Some(payload), None) => Val::Result(Ok(boxed(Some(payload), result.ok().as_ref(), store)?)),
            (None, Some(payload)) => Val::Result(Err(boxed(Some(payload), result.err().as_ref(), store)?)),
            _ => return Err(wrong()),
        },
        Type::Flags(_) => {
            let names = value.as_array().ok_or_else(wrong)?;
            Val::Flags(names.iter().map(|name| name.as_str().map(str::to_owned).ok_or_else(wrong)).collect::<Result<_>>()?)
        }
        Type::Own(_) | Type::Borrow(_) => {
            let representation = value.get(RESOURCE).and_then(Value::as_u64).ok_or_else(wrong)?;
            let resource = ResourceDynamic::new_own(representation.try_into()?, ONE_TYPE);
            Val::Resource(resource.try_into_resource_any(store)?)
        }
        Type::Future(_) | Type::Stream(_) | Type::ErrorContext => bail!("streams and futures are not recorded"),
    })
}

/// What a case holds, where it holds something.
fn boxed(value: Option<&Value>, ty: Option<&Type>, store: &mut StoreContextMut<'_, State>) -> Result<Option<Box<Val>>> {
    match (value, ty) {
        (Some(value), Some(ty)) => Ok(Some(Box::new(given(value, ty, store)?))),
        _ => Ok(None),
    }
}

fn bits(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.get(BITS)?.as_str()?.strip_prefix("0x")?, 16).ok()
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    match (value.get(UTF8), value.get(BASE64)) {
        (Some(text), _) => Some(text.as_str()?.as_bytes().to_owned()),
        (_, Some(text)) => json::decoded(text.as_str()?),
        _ => None,
    }
}
