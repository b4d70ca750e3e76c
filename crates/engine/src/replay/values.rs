//! Values of the engine from JSON and to it, in the form of [recordings](crate::recording).

use super::player::Shared;
use super::streams;
use crate::recording::json::{self, BITS, ERR, FUTURE, OK, RESOURCE, SOME, STREAM};
use crate::state::State;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wasmtime::component::{FutureAny, ResourceAny, ResourceDynamic, ResourceType, StreamAny, Type, Val};
use wasmtime::{Error, Result, StoreContextMut, bail};

/// Every resource of a replay: what tells two apart is the number.
const ONE_TYPE: u32 = 0;

pub(super) fn resource_type() -> ResourceType {
    ResourceType::host_dynamic(ONE_TYPE)
}

/// The end of a stream or a future that the guest passed.
pub(super) enum End {
    Stream(StreamAny),
    Future(FutureAny),
}

/// What the guest passed. Streams and futures have no number here: they are put behind the `ends`.
pub(super) fn told(value: &Val, store: &mut StoreContextMut<'_, State>, ends: &mut Vec<End>) -> Result<Value> {
    let mut all = |items: &[Val]| items.iter().map(|item| told(item, store, ends)).collect::<Result<Vec<_>>>();
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
            let entries = entries.iter().map(|(key, value)| Ok(vec![told(key, store, ends)?, told(value, store, ends)?].into()));
            Value::Array(entries.collect::<Result<_>>()?)
        }
        Val::Record(fields) => {
            // In the order in which an object's fields are found again.
            let fields: BTreeMap<&String, &Val> = fields.iter().map(|(name, value)| (name, value)).collect();
            let fields = fields.into_iter().map(|(name, value)| Ok((name.clone(), told(value, store, ends)?)));
            Value::Object(fields.collect::<Result<Map<_, _>>>()?)
        }
        Val::Variant(name, payload) => json::case(name, payload.as_ref().map(|payload| told(payload, store, ends)).transpose()?),
        Val::Enum(name) => name.as_str().into(),
        Val::Option(some) => json::option(some.as_ref().map(|some| told(some, store, ends)).transpose()?),
        Val::Result(result) => {
            let payload = result.as_ref().unwrap_or_else(|payload| payload);
            json::result(result.is_err(), payload.as_ref().map(|payload| told(payload, store, ends)).transpose()?)
        }
        Val::Flags(names) => names.clone().into(),
        Val::Resource(resource) => json::handle(representation(*resource, store)?),
        Val::Stream(stream) => {
            ends.push(End::Stream(stream.clone()));
            json::end(STREAM, 0)
        }
        Val::Future(future) => {
            ends.push(End::Future(future.clone()));
            json::end(FUTURE, 0)
        }
        Val::ErrorContext(_) => bail!("error contexts are not recorded"),
    })
}

fn representation(resource: ResourceAny, store: &mut StoreContextMut<'_, State>) -> Result<u32> {
    let known = ResourceDynamic::try_from_resource_any(resource, store)?;
    let representation = known.rep();
    Ok(representation)
}

/// What the host gives.
pub(super) fn given(value: &Value, ty: &Type, store: &mut StoreContextMut<'_, State>, player: &Shared) -> Result<Val> {
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
        Type::List(list) if matches!(list.ty(), Type::U8) => Val::Bytes(json::bytes_of(value).ok_or_else(wrong)?),
        Type::List(list) => {
            let items = value.as_array().ok_or_else(wrong)?;
            Val::List(items.iter().map(|item| given(item, &list.ty(), store, player)).collect::<Result<_>>()?)
        }
        Type::FixedLengthList(list) => {
            let items = value.as_array().ok_or_else(wrong)?;
            Val::FixedLengthList(items.iter().map(|item| given(item, &list.ty(), store, player)).collect::<Result<_>>()?)
        }
        Type::Map(map) => {
            let entries = value.as_array().ok_or_else(wrong)?.iter().map(|entry| match entry.as_array().map(Vec::as_slice) {
                Some([key, value]) => Ok((given(key, &map.key(), store, player)?, given(value, &map.value(), store, player)?)),
                _ => Err(wrong()),
            });
            Val::Map(entries.collect::<Result<_>>()?)
        }
        Type::Record(record) => {
            let fields = record.fields().map(|field| {
                let value = value.get(field.name).ok_or_else(wrong)?;
                Ok((field.name.to_owned(), given(value, &field.ty, store, player)?))
            });
            Val::Record(fields.collect::<Result<_>>()?)
        }
        Type::Tuple(tuple) => {
            let items = value.as_array().filter(|items| items.len() == tuple.types().len()).ok_or_else(wrong)?;
            Val::Tuple(items.iter().zip(tuple.types()).map(|(item, ty)| given(item, &ty, store, player)).collect::<Result<_>>()?)
        }
        Type::Variant(variant) => {
            let (name, payload) = match value {
                Value::String(name) => (name, None),
                Value::Object(case) => case.iter().next().map(|(name, payload)| (name, Some(payload))).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            };
            let case = variant.cases().find(|case| case.name == name).ok_or_else(wrong)?;
            Val::Variant(name.clone(), boxed(payload, case.ty.as_ref(), store, player)?)
        }
        Type::Enum(names) => {
            let name = value.as_str().filter(|name| names.names().any(|known| known == *name)).ok_or_else(wrong)?;
            Val::Enum(name.to_owned())
        }
        Type::Option(option) => Val::Option(boxed(value.get(SOME), Some(&option.ty()), store, player)?),
        Type::Result(result) => match (value.get(OK), value.get(ERR)) {
            (Some(payload), None) => Val::Result(Ok(boxed(Some(payload), result.ok().as_ref(), store, player)?)),
            (None, Some(payload)) => Val::Result(Err(boxed(Some(payload), result.err().as_ref(), store, player)?)),
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
        Type::Stream(ty) => {
            let handle = value.get(STREAM).and_then(Value::as_u64).ok_or_else(wrong)?;
            Val::Stream(streams::stream(u32::try_from(handle)?, ty.ty(), store, player)?)
        }
        Type::Future(ty) => {
            let handle = value.get(FUTURE).and_then(Value::as_u64).ok_or_else(wrong)?;
            Val::Future(streams::future(u32::try_from(handle)?, ty.ty(), store, player)?)
        }
        Type::ErrorContext => bail!("error contexts are not recorded"),
    })
}

/// What a case holds, where it holds something.
fn boxed(
    value: Option<&Value>,
    ty: Option<&Type>,
    store: &mut StoreContextMut<'_, State>,
    player: &Shared,
) -> Result<Option<Box<Val>>> {
    match (value, ty) {
        (Some(value), Some(ty)) => Ok(Some(Box::new(given(value, ty, store, player)?))),
        _ => Ok(None),
    }
}

fn bits(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.get(BITS)?.as_str()?.strip_prefix("0x")?, 16).ok()
}
