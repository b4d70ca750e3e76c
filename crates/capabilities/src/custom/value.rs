//! A value of any type, without names: its shape has them.

use super::Fault;
use super::module::Door;
use super::shape::Shape;
use super::stream::{lift_future, lift_stream, lower_future, lower_stream};
use crate::answer::{Answer, Pages};
use atoll_engine::State;
use bytes::Bytes;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasmtime::component::{Resource, ResourceAny, ResourceDynamic, Val};
use wasmtime::{AsContextMut, Error, Result, StoreContextMut, bail};

/// What stands behind a resource.
pub type Object = Arc<dyn Any + Send + Sync>;

pub enum Value {
    Bool(bool),
    /// All integers with a sign, of the width that the shape says.
    Signed(i64),
    Unsigned(u64),
    Float32(f32),
    Float64(f64),
    Char(char),
    String(String),
    /// What a caller lends is not copied.
    Bytes(Bytes),
    List(Vec<Value>),
    /// The fields of a record or tuple.
    Fields(Vec<Value>),
    /// The case of a variant or enum by its position, with its payload.
    Case(usize, Option<Box<Value>>),
    Flags(Vec<bool>),
    Option(Option<Box<Value>>),
    Result(std::result::Result<Option<Box<Value>>, Option<Box<Value>>>),
    /// A resource of the host's; or bytes, as whoever waits for them would have them.
    Object(Object),
    Handle(Handle),
    Door(Door),
    /// The items as they come; bytes in portions.
    Stream(Pages<Value, Fault>),
    Future(Answer<Value, Fault>),
}

impl Value {
    /// The guest's own resources among its parts.
    pub fn handles<'a>(&'a self, found: &mut Vec<&'a Handle>) {
        match self {
            Self::Handle(handle) => found.push(handle),
            Self::List(parts) | Self::Fields(parts) => parts.iter().for_each(|part| part.handles(found)),
            Self::Case(_, Some(part)) | Self::Option(Some(part)) | Self::Result(Ok(Some(part)) | Err(Some(part))) => {
                part.handles(found)
            }
            _ => {}
        }
    }
}

/// A resource of the guest's own.
#[derive(Clone)]
pub struct Handle {
    pub resource: ResourceAny,
    /// Whoever has the instance that it lives in.
    pub owner: Object,
    /// Set once the guest has it back.
    pub is_given: Arc<AtomicBool>,
    /// Whatever lets the guest drop it, once all of it are gone.
    pub kept: Option<Object>,
}

impl Handle {
    fn new(store: &StoreContextMut<'_, State>, resource: ResourceAny) -> Result<Self> {
        let owner = owner(store).ok_or_else(|| Error::msg("nobody keeps the instance that the resource lives in"))?;
        Ok(Self { resource, owner, is_given: Arc::default(), kept: None })
    }

    fn given(self, store: &StoreContextMut<'_, State>, name: &str, is_owned: bool) -> Result<ResourceAny> {
        if !owner(store).is_some_and(|owner| Arc::ptr_eq(&owner, &self.owner)) {
            bail!("the `{name}` belongs to another instance");
        }
        if is_owned && self.is_given.swap(true, Relaxed) {
            bail!("the `{name}` was given away already");
        }
        Ok(self.resource)
    }
}

/// Whoever has the instance.
pub(super) fn owner(store: &StoreContextMut<'_, State>) -> Option<Object> {
    store.data().held()?.owner.upgrade()
}

/// What a guest's function gave back: of bytes and text no copy is made.
pub(super) fn lift_result(store: &mut StoreContextMut<'_, State>, shape: &Shape, val: Val) -> Result<Value> {
    match val {
        Val::String(text) => Ok(Value::String(text)),
        Val::Bytes(bytes) => Ok(Value::Bytes(bytes.into())),
        val => lift(store, shape, &val),
    }
}

/// What a guest handed over.
pub(super) fn lift(store: &mut StoreContextMut<'_, State>, shape: &Shape, val: &Val) -> Result<Value> {
    Ok(match (shape, val) {
        (_, Val::Bool(truth)) => Value::Bool(*truth),
        (_, Val::S8(number)) => Value::Signed((*number).into()),
        (_, Val::S16(number)) => Value::Signed((*number).into()),
        (_, Val::S32(number)) => Value::Signed((*number).into()),
        (_, Val::S64(number)) => Value::Signed(*number),
        (_, Val::U8(number)) => Value::Unsigned((*number).into()),
        (_, Val::U16(number)) => Value::Unsigned((*number).into()),
        (_, Val::U32(number)) => Value::Unsigned((*number).into()),
        (_, Val::U64(number)) => Value::Unsigned(*number),
        (_, Val::Float32(number)) => Value::Float32(*number),
        (_, Val::Float64(number)) => Value::Float64(*number),
        (_, Val::Char(char)) => Value::Char(*char),
        (_, Val::String(text)) => Value::String(text.clone()),
        (Shape::Bytes, Val::Bytes(bytes)) => Value::Bytes(bytes.clone().into()),
        (Shape::List(each), Val::List(vals)) => {
            Value::List(vals.iter().map(|val| lift(store, each, val)).collect::<Result<_>>()?)
        }
        (Shape::Record(_, fields), Val::Record(vals)) => {
            let pairs = fields.iter().zip(vals);
            Value::Fields(pairs.map(|((_, shape), (_, val))| lift(store, shape, val)).collect::<Result<_>>()?)
        }
        (Shape::Tuple(shapes), Val::Tuple(vals)) => {
            Value::Fields(shapes.iter().zip(vals).map(|(shape, val)| lift(store, shape, val)).collect::<Result<_>>()?)
        }
        (Shape::Variant(_, cases), Val::Variant(name, payload)) => {
            let index = position(cases.iter().map(|(case, _)| case), name)?;
            Value::Case(index, part(store, cases[index].1.as_ref(), payload.as_deref())?)
        }
        (Shape::Enum(_, names), Val::Enum(name)) => Value::Case(position(names.iter(), name)?, None),
        (Shape::Flags(_, names), Val::Flags(set)) => Value::Flags(names.iter().map(|name| set.contains(name)).collect()),
        (Shape::Option(some), Val::Option(val)) => Value::Option(part(store, Some(some), val.as_deref())?),
        (Shape::Result(ok, _), Val::Result(Ok(val))) => Value::Result(Ok(part(store, ok.as_deref(), val.as_deref())?)),
        (Shape::Result(_, err), Val::Result(Err(val))) => Value::Result(Err(part(store, err.as_deref(), val.as_deref())?)),
        (Shape::Resource(..), Val::Resource(handle)) => Value::Object(object(store, *handle)?),
        (Shape::Handle(..), Val::Resource(resource)) => Value::Handle(Handle::new(store, *resource)?),
        (Shape::Stream(of), Val::Stream(stream)) => lift_stream(store, of, stream.clone())?,
        (Shape::Future(of), Val::Future(future)) => lift_future(store, of, future.clone())?,
        (shape, val) => bail!("{val:?} is not of the shape {shape:?}"),
    })
}

/// The payload of a case, an option or a result.
fn part(store: &mut StoreContextMut<'_, State>, shape: Option<&Shape>, val: Option<&Val>) -> Result<Option<Box<Value>>> {
    shape.zip(val).map(|(shape, val)| lift(store, shape, val).map(Box::new)).transpose()
}

fn position<'a>(mut names: impl Iterator<Item = &'a String>, name: &str) -> Result<usize> {
    names.position(|known| known == name).ok_or_else(|| Error::msg(format!("there is no case `{name}`")))
}

/// The object behind a handle. One that the guest gives away leaves the call's table.
fn object(store: &mut StoreContextMut<'_, State>, handle: ResourceAny) -> Result<Object> {
    let dynamic = handle.try_into_resource_dynamic(&mut *store)?;
    let resource = Resource::<Object>::new_own(dynamic.rep());
    let handles = store.data_mut().handles();
    if dynamic.owned() { Ok(handles.delete(resource)?) } else { Ok(handles.get(&resource)?.clone()) }
}

/// What a guest is given.
pub(super) fn lower(store: &mut StoreContextMut<'_, State>, shape: &Shape, value: Value) -> Result<Val> {
    Ok(match (shape, value) {
        (Shape::Bool, Value::Bool(truth)) => Val::Bool(truth),
        (Shape::S8, Value::Signed(number)) => Val::S8(number.try_into()?),
        (Shape::S16, Value::Signed(number)) => Val::S16(number.try_into()?),
        (Shape::S32, Value::Signed(number)) => Val::S32(number.try_into()?),
        (Shape::S64, Value::Signed(number)) => Val::S64(number),
        (Shape::U8, Value::Unsigned(number)) => Val::U8(number.try_into()?),
        (Shape::U16, Value::Unsigned(number)) => Val::U16(number.try_into()?),
        (Shape::U32, Value::Unsigned(number)) => Val::U32(number.try_into()?),
        (Shape::U64, Value::Unsigned(number)) => Val::U64(number),
        (Shape::Float32, Value::Float32(number)) => Val::Float32(number),
        (Shape::Float64, Value::Float64(number)) => Val::Float64(number),
        (Shape::Char, Value::Char(char)) => Val::Char(char),
        (Shape::String, Value::String(text)) => Val::String(text),
        (Shape::Bytes, Value::Bytes(bytes)) => Val::Bytes(bytes.into()),
        (Shape::List(each), Value::List(values)) => {
            Val::List(values.into_iter().map(|value| lower(store, each, value)).collect::<Result<_>>()?)
        }
        (Shape::Record(_, fields), Value::Fields(values)) => {
            let pairs = fields.iter().zip(values);
            Val::Record(
                pairs.map(|((name, shape), value)| Ok((name.clone(), lower(store, shape, value)?))).collect::<Result<_>>()?,
            )
        }
        (Shape::Tuple(shapes), Value::Fields(values)) => {
            Val::Tuple(shapes.iter().zip(values).map(|(shape, value)| lower(store, shape, value)).collect::<Result<_>>()?)
        }
        (Shape::Variant(_, cases), Value::Case(index, payload)) => {
            let Some((name, shape)) = cases.get(index) else { bail!("there is no case {index}") };
            Val::Variant(name.clone(), given(store, shape.as_ref(), payload)?)
        }
        (Shape::Enum(_, names), Value::Case(index, _)) => match names.get(index) {
            Some(name) => Val::Enum(name.clone()),
            None => bail!("there is no case {index}"),
        },
        (Shape::Flags(_, names), Value::Flags(set)) => {
            Val::Flags(names.iter().zip(set).filter(|(_, is_set)| *is_set).map(|(name, _)| name.clone()).collect())
        }
        (Shape::Option(some), Value::Option(value)) => Val::Option(given(store, Some(some), value)?),
        (Shape::Result(ok, _), Value::Result(Ok(value))) => Val::Result(Ok(given(store, ok.as_deref(), value)?)),
        (Shape::Result(_, err), Value::Result(Err(value))) => Val::Result(Err(given(store, err.as_deref(), value)?)),
        (Shape::Resource(_, kind), Value::Object(object)) => Val::Resource(handle(store, *kind, object)?),
        (Shape::Handle(name, _, is_owned), Value::Handle(handle)) => Val::Resource(handle.given(store, name, *is_owned)?),
        (Shape::Stream(of), Value::Stream(pages)) => Val::Stream(lower_stream(store, of, pages)?),
        (Shape::Future(of), Value::Future(answer)) => Val::Future(lower_future(store, of, answer)?),
        (shape, _) => bail!("the value is not of the shape {shape:?}"),
    })
}

fn given(store: &mut StoreContextMut<'_, State>, shape: Option<&Shape>, value: Option<Box<Value>>) -> Result<Option<Box<Val>>> {
    shape.zip(value).map(|(shape, value)| lower(store, shape, *value).map(Box::new)).transpose()
}

/// The call's own limit of handles holds here as well.
fn handle(store: &mut StoreContextMut<'_, State>, kind: u32, object: Object) -> Result<ResourceAny> {
    let resource = store.data_mut().handles().push(object)?;
    ResourceDynamic::new_own(resource.rep(), kind).try_into_resource_any(store.as_context_mut())
}

/// The guest has dropped its last handle.
pub(super) fn forget(mut store: StoreContextMut<'_, State>, rep: u32) -> Result<()> {
    store.data_mut().handles().delete(Resource::<Object>::new_own(rep))?;
    Ok(())
}
