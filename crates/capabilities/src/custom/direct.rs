//! Calls whose values cross one by one: numbers, text and bytes. They go from the caller to the guest, and back, without a [`Val`] in
//! between, which takes an allocation here and a copy there.
//!
//! [`Val`]: wasmtime::component::Val

use super::shape::Shape;
use super::value::{Object, Value};
use atoll_engine::State;
use atoll_engine::state::Look;
use bytes::Bytes;
use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use wasmtime::component::__internal::wasmtime_environ::component::{MAX_FLAT_PARAMS, TypeTuple};
use wasmtime::component::__internal::{CanonicalAbiInfo, ComponentTypes, InstanceType, InterfaceType, LiftContext, LowerContext};
use wasmtime::component::{ComponentNamedList, ComponentType, Func, Lift, Lower, TypedFunc, WasmList};
use wasmtime::{Result, Store, ValRaw, bail};

/// What a function gives back that can be called so.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direct {
    Nothing,
    Number,
    /// Text or bytes, which the guest has in its memory.
    Block,
}

impl Direct {
    /// None where some value has parts, or there are more of them than a call takes at once.
    pub(super) fn of(parameters: &[(String, Shape)], result: Option<&Shape>) -> Option<Self> {
        let needed = parameters.iter().map(|(_, shape)| slots(shape)).sum::<Option<usize>>()?;
        if needed > MAX_FLAT_PARAMS {
            return None;
        }
        let Some(result) = result else { return Some(Self::Nothing) };
        slots(result).map(|slots| if slots == 1 { Self::Number } else { Self::Block })
    }
}

/// So many raw values stand for one of that shape.
fn slots(shape: &Shape) -> Option<usize> {
    match shape {
        Shape::Bool | Shape::S8 | Shape::U8 | Shape::S16 | Shape::U16 | Shape::S32 | Shape::U32 => Some(1),
        Shape::S64 | Shape::U64 | Shape::Float32 | Shape::Float64 | Shape::Char => Some(1),
        Shape::String | Shape::Bytes => Some(2),
        _ => None,
    }
}

/// On a fiber. `func` is of a component, and its function is such a one.
pub(super) async fn call(store: &mut Store<State>, func: Func, direct: Direct, arguments: Vec<Value>) -> Result<Option<Value>> {
    let arguments = Arguments(arguments.into_iter().map(Plain).collect());
    match direct {
        Direct::Nothing => typed::<()>(func).call_async(store, arguments).await.map(|()| None),
        Direct::Number => typed::<Number>(func).call_async(store, arguments).await.map(|Number(Plain(number))| Some(number)),
        Direct::Block => typed::<Block>(func).call_async(store, arguments).await.map(|Block(Plain(block))| Some(block)),
    }
}

/// The same on this thread's own stack, for whoever waits.
pub(super) fn call_here(store: &mut Store<State>, func: Func, direct: Direct, arguments: Vec<Value>) -> Result<Option<Value>> {
    let arguments = Arguments(arguments.into_iter().map(Plain).collect());
    match direct {
        Direct::Nothing => typed::<()>(func).call(store, arguments).map(|()| None),
        Direct::Number => typed::<Number>(func).call(store, arguments).map(|Number(Plain(number))| Some(number)),
        Direct::Block => {
            let waits = store.data().held().and_then(|held| held.look.clone());
            waiting(waits, || typed::<Block>(func).call(store, arguments)).map(|Block(Plain(block))| Some(block))
        }
    }
}

fn typed<Return: ComponentNamedList + Lift>(func: Func) -> TypedFunc<Arguments, Return> {
    // SAFETY: arguments are lowered by the function's own types, and are checked to be as many. What is lifted is of the kind that
    // `Direct` says, which was read off the function.
    unsafe { TypedFunc::new_unchecked(func) }
}

thread_local! {
    /// Who waits on this thread for a block.
    static WAITS: RefCell<Option<Arc<dyn Look>>> = const { RefCell::new(None) };
}

fn waiting<T>(look: Option<Arc<dyn Look>>, call: impl FnOnce() -> T) -> T {
    WAITS.set(look);
    let called = call();
    WAITS.set(None);
    called
}

/// As whoever waits would have it, copied once.
fn kept(bytes: &[u8]) -> Option<Object> {
    WAITS.with_borrow(|waits| waits.as_ref()?.keep(bytes))
}

/// A value that crosses as a whole.
struct Plain(Value);

// SAFETY: only streams and futures cannot be shared. Whoever is given one here by reference leaves it alone.
unsafe impl Sync for Plain {}

struct Arguments(Vec<Plain>);

// SAFETY: there is room for all raw values that a call takes at once; fewer are written, and read.
unsafe impl ComponentType for Arguments {
    type Lower = [ValRaw; MAX_FLAT_PARAMS];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: it stands for all parameters.
unsafe impl ComponentNamedList for Arguments {}

// SAFETY: each of the function's parameters is written, or the call fails.
unsafe impl Lower for Arguments {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        to: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        let types = tuple(cx.types, ty)?;
        if types.types.len() != self.0.len() {
            bail!("the function takes {} arguments, and was given {}", types.types.len(), self.0.len());
        }
        // SAFETY: an array of what may be unwritten is never unwritten itself.
        let to: &mut [MaybeUninit<ValRaw>; MAX_FLAT_PARAMS] = unsafe { &mut *to.as_mut_ptr().cast() };
        let mut to = to.iter_mut();
        self.0.iter().zip(&types.types).try_for_each(|(Plain(value), ty)| lower(cx, *ty, value, &mut to))
    }

    fn linear_lower_to_memory<T>(&self, _: &mut LowerContext<'_, T>, _: InterfaceType, _: usize) -> Result<()> {
        bail!("there are more arguments than a call takes at once")
    }
}

fn tuple(types: &ComponentTypes, ty: InterfaceType) -> Result<&TypeTuple> {
    match ty {
        InterfaceType::Tuple(index) => Ok(&types[index]),
        _ => bail!("a function has a list of types"),
    }
}

fn lower<'a, T>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    value: &Value,
    to: &mut impl Iterator<Item = &'a mut MaybeUninit<ValRaw>>,
) -> Result<()> {
    let mut put = |raw| {
        if let Some(to) = to.next() {
            to.write(raw);
        }
    };
    // SAFETY: lowering writes both.
    let pair = |pair: MaybeUninit<[ValRaw; 2]>| unsafe { pair.assume_init() };
    match (ty, value) {
        (InterfaceType::Bool, Value::Bool(truth)) => put(ValRaw::u32((*truth).into())),
        (InterfaceType::S8, Value::Signed(number)) => put(ValRaw::i32(i8::try_from(*number)?.into())),
        (InterfaceType::S16, Value::Signed(number)) => put(ValRaw::i32(i16::try_from(*number)?.into())),
        (InterfaceType::S32, Value::Signed(number)) => put(ValRaw::i32((*number).try_into()?)),
        (InterfaceType::S64, Value::Signed(number)) => put(ValRaw::i64(*number)),
        (InterfaceType::U8, Value::Unsigned(number)) => put(ValRaw::u32(u8::try_from(*number)?.into())),
        (InterfaceType::U16, Value::Unsigned(number)) => put(ValRaw::u32(u16::try_from(*number)?.into())),
        (InterfaceType::U32, Value::Unsigned(number)) => put(ValRaw::u32((*number).try_into()?)),
        (InterfaceType::U64, Value::Unsigned(number)) => put(ValRaw::u64(*number)),
        (InterfaceType::Float32, Value::Float32(number)) => put(ValRaw::f32(number.to_bits())),
        (InterfaceType::Float64, Value::Float64(number)) => put(ValRaw::f64(number.to_bits())),
        (InterfaceType::Char, Value::Char(char)) => put(ValRaw::u32((*char).into())),
        (InterfaceType::String, Value::String(text)) => {
            let mut both = MaybeUninit::uninit();
            text.linear_lower_to_flat(cx, ty, &mut both)?;
            pair(both).into_iter().for_each(put);
        }
        (InterfaceType::List(_), Value::Bytes(bytes)) => {
            let mut both = MaybeUninit::uninit();
            bytes.as_ref().linear_lower_to_flat(cx, ty, &mut both)?;
            pair(both).into_iter().for_each(put);
        }
        _ => bail!("an argument is not of its type"),
    }
    Ok(())
}

struct Number(Plain);

// SAFETY: a number is one raw value, and no function gives back more of them.
unsafe impl ComponentType for Number {
    type Lower = [ValRaw; 1];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::SCALAR8;

    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: it stands for the one result.
unsafe impl ComponentNamedList for Number {}

// SAFETY: each raw value is read as the type that the function has.
unsafe impl Lift for Number {
    fn linear_lift_from_flat(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &Self::Lower) -> Result<Self> {
        let (ty, from) = (result(cx.types, ty)?, &from[0]);
        Ok(Self(Plain(match ty {
            InterfaceType::Bool => Value::Bool(bool::linear_lift_from_flat(cx, ty, from)?),
            InterfaceType::S8 => Value::Signed(i8::linear_lift_from_flat(cx, ty, from)?.into()),
            InterfaceType::S16 => Value::Signed(i16::linear_lift_from_flat(cx, ty, from)?.into()),
            InterfaceType::S32 => Value::Signed(from.get_i32().into()),
            InterfaceType::S64 => Value::Signed(from.get_i64()),
            InterfaceType::U8 => Value::Unsigned(u8::linear_lift_from_flat(cx, ty, from)?.into()),
            InterfaceType::U16 => Value::Unsigned(u16::linear_lift_from_flat(cx, ty, from)?.into()),
            InterfaceType::U32 => Value::Unsigned(from.get_u32().into()),
            InterfaceType::U64 => Value::Unsigned(from.get_u64()),
            InterfaceType::Float32 => Value::Float32(f32::from_bits(from.get_f32())),
            InterfaceType::Float64 => Value::Float64(f64::from_bits(from.get_f64())),
            InterfaceType::Char => Value::Char(char::linear_lift_from_flat(cx, ty, from)?),
            _ => bail!("the result is no number"),
        })))
    }

    fn linear_lift_from_memory(_: &mut LiftContext<'_>, _: InterfaceType, _: &[u8]) -> Result<Self> {
        bail!("the result is no number")
    }
}

fn result(types: &ComponentTypes, ty: InterfaceType) -> Result<InterfaceType> {
    match *tuple(types, ty)?.types {
        [ty] => Ok(ty),
        _ => bail!("a function has one result"),
    }
}

struct Block(Plain);

// SAFETY: text and bytes are a place and a length, wherever they lie.
unsafe impl ComponentType for Block {
    type Lower = [ValRaw; 2];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::POINTER_PAIR;

    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: it stands for the one result.
unsafe impl ComponentNamedList for Block {}

// SAFETY: both kinds are lifted by types of the engine's.
unsafe impl Lift for Block {
    fn linear_lift_from_flat(_: &mut LiftContext<'_>, _: InterfaceType, _: &Self::Lower) -> Result<Self> {
        bail!("the result lies nowhere")
    }

    fn linear_lift_from_memory(cx: &mut LiftContext<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let ty = result(cx.types, ty)?;
        if let InterfaceType::String = ty {
            return String::linear_lift_from_memory(cx, ty, bytes).map(|text| Self(Plain(Value::String(text))));
        }
        let list = WasmList::<u8>::linear_lift_from_memory(cx, ty, bytes)?;
        let bytes = &cx.memory()[list.ptr..][..list.len()];
        Ok(Self(Plain(kept(bytes).map_or_else(|| Value::Bytes(Bytes::copy_from_slice(bytes)), Value::Object))))
    }
}
