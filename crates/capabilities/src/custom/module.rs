//! Core modules: what they import and export, and what can be asked of an instance of one.

use super::exports::{Export, Exports};
use super::link::mismatched;
use super::shape::{Function, Interface, Shape};
use super::value::Value;
use super::{Callable, Fault, find};
use crate::rooms::Granted;
use atoll_engine::limits::Exceeded;
use atoll_engine::{Problems, State};
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt, channel::mpsc, channel::oneshot, pin_mut};
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::{
    AsContextMut, Caller, Error, Extern, ExternType, Func, FuncType, Linker, Module, Mutability, Result, Val, ValType, bail,
};

/// The names under which toolchains export what allocates and what frees.
const ALLOCATE: &[&str] = &["alloc", "allocate", "malloc"];
const FREE: &[&str] = &["free", "dealloc", "deallocate"];

/// Something that is asked of an instance.
pub enum Ask {
    /// Call an export. Bytes among the arguments are copied into the guest's memory, and handed over as address and length.
    Call {
        function: String,
        arguments: Vec<Value>,
        returns: Returns,
    },
    Read {
        memory: String,
        at: u64,
        length: u64,
    },
    Write {
        memory: String,
        at: u64,
        bytes: Vec<u8>,
    },
    /// Bytes of a memory, after it has grown by so many pages.
    Size {
        memory: String,
        grow: u64,
    },
    Get(String),
    Set(String, Value),
}

/// What a call gives.
#[derive(Clone, Copy, PartialEq)]
pub enum Returns {
    Values,
    /// The bytes that its result tells the place of: both halves of an i64, or two i32. Without a result, those that it was given.
    Bytes,
}

/// The way to the instance that a host function was called from, while it is answered.
#[derive(Clone)]
pub struct Door(mpsc::UnboundedSender<Knock>);

/// What is asked of which module (none: the one that called), and where the answer goes.
type Knock = (Option<String>, Ask, oneshot::Sender<Result<Value>>);

impl Door {
    /// None where the call has ended.
    pub fn ask(&self, module: Option<String>, ask: Ask) -> Option<oneshot::Receiver<Result<Value>>> {
        let (answer, answered) = oneshot::channel();
        self.0.unbounded_send((module, ask, answer)).ok().map(|()| answered)
    }
}

/// All exports of the module.
pub fn module_exports(module: &Module) -> Exports {
    let mut exports = Exports::default();
    for export in module.exports() {
        let name = export.name().to_owned();
        match export.ty() {
            ExternType::Func(func) => {
                exports.functions.push(Export { interface: None, function: function(&name, &func), name, index: None });
            }
            ExternType::Memory(_) => exports.memories.push(name),
            ExternType::Global(global) => exports.globals.push((name, global.mutability() == Mutability::Var)),
            _ => {}
        }
    }
    exports
}

/// Its types, or which of them Python has no value for.
fn function(name: &str, func: &FuncType) -> std::result::Result<Function, String> {
    let shape = |ty: ValType| match ty {
        ValType::I32 => Ok(Shape::I32),
        ValType::I64 => Ok(Shape::I64),
        ValType::F32 => Ok(Shape::Float32),
        ValType::F64 => Ok(Shape::Float64),
        other => Err(format!("a value of type {other}")),
    };
    let parameters = func.params().enumerate().map(|(index, ty)| Ok((format!("p{index}"), shape(ty)?)));
    let mut results = func.results().map(shape).collect::<std::result::Result<Vec<_>, String>>()?;
    Ok(Function {
        name: name.to_owned(),
        parameters: parameters.collect::<std::result::Result<_, String>>()?,
        result: if results.len() > 1 { Some(Shape::Tuple(results)) } else { results.pop() },
        is_async: false,
        direct: None,
    })
}

/// Links the functions that the module imports and somebody answers.
pub(crate) fn link_module(
    linker: &mut Linker<State>,
    granted: &atoll_engine::Granted,
    module: &Module,
) -> std::result::Result<(), Problems> {
    let Some(granted) = granted.downcast_ref::<Granted>() else { return Ok(()) };
    let mut wanted = BTreeMap::<&str, Vec<(Function, FuncType)>>::new();
    let mut problems = Problems::default();
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let (Some(host), ExternType::Func(func)) = (find(&granted.custom.hosts, from), import.ty()) else { continue };
        if !host.has(name) {
            continue;
        }
        match function(name, &func) {
            Ok(function) => wanted.entry(from).or_default().push((function, func)),
            Err(what) => problems.0.push(mismatched(from, &format!("`{name}` has {what}"))),
        }
    }
    for (from, functions) in wanted {
        let Some(host) = find(&granted.custom.hosts, from) else { continue };
        let interface = Interface {
            name: from.to_owned(),
            functions: functions.iter().map(|(function, _)| function.clone()).collect(),
            resources: Vec::new(),
            is_core: true,
        };
        match host.bind(&interface) {
            Ok(callables) => {
                for ((function, func), callable) in functions.into_iter().zip(callables) {
                    if let Err(error) = define(linker, from, function, func, callable) {
                        problems.0.push(mismatched(from, &format!("{error:#}")));
                    }
                }
            }
            Err(whys) => problems.0.extend(whys.iter().map(|why| mismatched(from, why))),
        }
    }
    problems.into_result()
}

fn define(linker: &mut Linker<State>, from: &str, function: Function, func: FuncType, callable: Arc<dyn Callable>) -> Result<()> {
    // Two modules of one library may import the same.
    linker.allow_shadowing(true);
    let name = function.name.clone();
    linker.func_new_async(from, &name, func.clone(), move |caller, arguments, results| {
        let (callable, name, func) = (callable.clone(), function.name.clone(), func.clone());
        let arguments: Result<Vec<Value>> = arguments.iter().map(given).collect();
        Box::new(async move {
            let value = answered(caller, &*callable, arguments?, &name).await?;
            let values = match value {
                Some(Value::Fields(values)) => values,
                one => one.into_iter().collect(),
            };
            for ((place, value), ty) in results.iter_mut().zip(&values).zip(func.results()) {
                *place = taken(value, &ty)?;
            }
            Ok(())
        })
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What the host says; meanwhile it may ask the instance for something.
async fn answered(
    mut caller: Caller<'_, State>,
    callable: &dyn Callable,
    mut arguments: Vec<Value>,
    name: &str,
) -> Result<Option<Value>> {
    let by = caller.data().held().and_then(|held| held.caller.clone());
    let (door, mut asked) = mpsc::unbounded();
    if callable.takes_door() {
        arguments.insert(0, Value::Door(Door(door)));
    }
    let mut answer = callable.call(by, arguments).fuse();
    loop {
        let next = asked.next();
        pin_mut!(next);
        match select(&mut answer, next).await {
            Either::Left((answered, _)) => {
                return answered
                    .map_err(|fault| Fault { message: format!("`{name}` failed: {}", fault.message), ..fault }.into());
            }
            Either::Right((Some((module, ask, reply)), _)) => {
                let done = of_module(&mut caller, module, ask).await;
                // Who asked may be gone.
                let _ = reply.send(done);
            }
            // Nobody can ask any more.
            Either::Right((None, _)) => {
                let answered = answer.await;
                return answered
                    .map_err(|fault| Fault { message: format!("`{name}` failed: {}", fault.message), ..fault }.into());
            }
        }
    }
}

async fn of_module(caller: &mut Caller<'_, State>, module: Option<String>, ask: Ask) -> Result<Value> {
    let Some(name) = module else { return perform(caller, |caller, name| caller.get_export(name), ask).await };
    let module = caller.data().module(&name).ok_or_else(|| Error::msg(format!("there is no module `{name}`")))?;
    perform(caller, |caller, name| module.get_export(&mut *caller, name), ask).await
}

/// Do what is asked, with the exports that `find` gives.
pub async fn perform<S, F>(store: &mut S, mut find: F, ask: Ask) -> Result<Value>
where
    S: AsContextMut<Data = State> + Send,
    F: FnMut(&mut S, &str) -> Option<Extern> + Send,
{
    match ask {
        Ask::Call { function, arguments, returns } => call(store, &mut find, &function, arguments, returns).await,
        Ask::Read { memory, at, length } => {
            let memory = memory_named(store, &mut find, &memory)?;
            read(store, memory, at, length).map(|bytes| Value::Bytes(bytes.into()))
        }
        Ask::Write { memory, at, bytes } => {
            let memory = memory_named(store, &mut find, &memory)?;
            memory.write(store, usize::try_from(at)?, &bytes).map_err(|_| outside(at, bytes.len() as u64))?;
            Ok(Value::Option(None))
        }
        Ask::Size { memory, grow } => {
            let memory = memory_named(store, &mut find, &memory)?;
            if grow > 0 {
                memory
                    .grow_async(&mut *store, grow)
                    .await
                    .map_err(|error| Error::msg(format!("the memory cannot grow: {error:#}")))?;
            }
            Ok(Value::Unsigned(memory.data_size(&*store) as u64))
        }
        Ask::Get(name) => {
            let global = global(store, &mut find, &name)?;
            given(&global.get(store))
        }
        Ask::Set(name, value) => {
            let global = global(store, &mut find, &name)?;
            let val = taken(&value, global.ty(&*store).content())?;
            global.set(store, val)?;
            Ok(Value::Option(None))
        }
    }
}

async fn call<S, F>(store: &mut S, find: &mut F, name: &str, arguments: Vec<Value>, returns: Returns) -> Result<Value>
where
    S: AsContextMut<Data = State> + Send,
    F: FnMut(&mut S, &str) -> Option<Extern> + Send,
{
    let func = func(store, find, &[name])?;
    let ty = func.ty(&*store);
    let mut copies = Vec::new();
    let mut vals = Vec::new();
    let mut wanted = ty.params();
    let mut missing = || Error::msg(format!("`{name}` takes other arguments: ({})", listed(ty.params())));
    for argument in arguments {
        let bytes = match argument {
            Value::Bytes(bytes) => bytes,
            Value::String(text) => text.into_bytes().into(),
            number => {
                let ty = wanted.next().ok_or_else(&mut missing)?;
                vals.push(taken(&number, &ty)?);
                continue;
            }
        };
        let copy = copied(store, find, &bytes).await?;
        for half in [copy.at, copy.length] {
            let ty = wanted.next().ok_or_else(&mut missing)?;
            vals.push(taken(&Value::Unsigned(half), &ty)?);
        }
        copies.push(copy);
    }
    if wanted.next().is_some() {
        return Err(missing());
    }
    let mut results = vec![Val::I32(0); ty.results().len()];
    func.call_async(&mut *store, &vals, &mut results).await?;
    if returns == Returns::Bytes {
        return returned(store, find, name, &copies, &results).await;
    }
    for copy in copies {
        free(store, find, copy).await?;
    }
    let mut values = results.iter().map(given).collect::<Result<Vec<_>>>()?;
    Ok(match values.len() {
        0 => Value::Option(None),
        1 => values.remove(0),
        _ => Value::Fields(values),
    })
}

/// Bytes in the guest's memory.
#[derive(Clone, Copy)]
struct Copied {
    at: u64,
    length: u64,
}

async fn copied<S, F>(store: &mut S, find: &mut F, bytes: &[u8]) -> Result<Copied>
where
    S: AsContextMut<Data = State> + Send,
    F: FnMut(&mut S, &str) -> Option<Extern> + Send,
{
    let allocate = func(store, find, ALLOCATE)?;
    let length = bytes.len() as u64;
    let ty = allocate.ty(&*store);
    let (Some(size), Some(address)) = (ty.params().next(), ty.results().next()) else { bail!("the allocator takes no length") };
    let mut result = [taken(&Value::Unsigned(0), &address)?];
    allocate.call_async(&mut *store, &[taken(&Value::Unsigned(length), &size)?], &mut result).await?;
    let at = address_of(&result[0])?;
    if at == 0 && length > 0 {
        bail!("the guest's allocator gave no memory for {length} bytes");
    }
    let memory = memory_named(store, find, "memory")?;
    memory.write(store, usize::try_from(at)?, bytes).map_err(|_| outside(at, length))?;
    Ok(Copied { at, length })
}

async fn returned<S, F>(store: &mut S, find: &mut F, name: &str, copies: &[Copied], results: &[Val]) -> Result<Value>
where
    S: AsContextMut<Data = State> + Send,
    F: FnMut(&mut S, &str) -> Option<Extern> + Send,
{
    let memory = memory_named(store, find, "memory")?;
    let (place, is_new) = match (results, copies) {
        ([Val::I64(packed)], _) => {
            let packed = packed.cast_unsigned();
            (Copied { at: packed >> 32, length: packed & 0xffff_ffff }, true)
        }
        ([at @ Val::I32(_), length @ Val::I32(_)], _) => (Copied { at: address_of(at)?, length: address_of(length)? }, true),
        ([], [only]) => (*only, false),
        _ => bail!("`{name}` returns no bytes: it gives {} values, neither address and length nor nothing", results.len()),
    };
    let size = memory.data_size(&*store) as u64;
    let context = store.as_context_mut();
    let usage = context.data().usage();
    // What a host asks for it gets; here the guest says how much.
    if place.length > usage.limits().host_call_bytes && place.length <= size {
        usage.exceed(Exceeded::HostCallBytes);
        bail!("{} bytes are more than a host call may move", place.length);
    }
    let bytes = read(store, memory, place.at, place.length)?;
    for copy in copies.iter().chain(is_new.then_some(&place)) {
        free(store, find, *copy).await?;
    }
    Ok(Value::Bytes(bytes.into()))
}

/// Where the guest exports something for it.
async fn free<S, F>(store: &mut S, find: &mut F, copied: Copied) -> Result<()>
where
    S: AsContextMut<Data = State> + Send,
    F: FnMut(&mut S, &str) -> Option<Extern> + Send,
{
    let Ok(free) = func(store, find, FREE) else { return Ok(()) };
    let ty = free.ty(&*store);
    let halves = ty.params().zip([copied.at, copied.length]).map(|(ty, half)| taken(&Value::Unsigned(half), &ty));
    let halves = halves.collect::<Result<Vec<_>>>()?;
    if halves.len() < ty.params().len() {
        return Ok(());
    }
    let mut results = vec![Val::I32(0); ty.results().len()];
    free.call_async(&mut *store, &halves, &mut results).await
}

fn func<S>(store: &mut S, find: &mut impl FnMut(&mut S, &str) -> Option<Extern>, names: &[&str]) -> Result<Func> {
    let found = names.iter().find_map(|name| find(store, name).and_then(Extern::into_func));
    found.ok_or_else(|| Error::msg(format!("the module exports no function `{}`", names.join("` or `"))))
}

fn memory_named<S>(store: &mut S, find: &mut impl FnMut(&mut S, &str) -> Option<Extern>, name: &str) -> Result<wasmtime::Memory> {
    let found = find(store, name).and_then(Extern::into_memory);
    found.ok_or_else(|| Error::msg(format!("the module exports no memory `{name}`")))
}

fn global<S>(store: &mut S, find: &mut impl FnMut(&mut S, &str) -> Option<Extern>, name: &str) -> Result<wasmtime::Global> {
    let found = find(store, name).and_then(Extern::into_global);
    found.ok_or_else(|| Error::msg(format!("the module exports no global `{name}`")))
}

fn read(store: &mut impl AsContextMut<Data = State>, memory: wasmtime::Memory, at: u64, length: u64) -> Result<Vec<u8>> {
    let bytes = memory.data(&*store);
    let from = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
    let found = from.and_then(|from| from.get(..usize::try_from(length).ok()?));
    found.map(<[u8]>::to_vec).ok_or_else(|| outside(at, length))
}

fn outside(at: u64, length: u64) -> Error {
    Error::msg(format!("{length} bytes at {at} do not lie within the memory"))
}

fn listed(types: impl Iterator<Item = ValType>) -> String {
    types.map(|ty| ty.to_string()).collect::<Vec<_>>().join(", ")
}

fn address_of(val: &Val) -> Result<u64> {
    match val {
        Val::I32(at) => Ok(at.cast_unsigned().into()),
        Val::I64(at) => Ok(at.cast_unsigned()),
        other => bail!("{other:?} is no address"),
    }
}

/// A number of the guest's. Integers have a sign.
fn given(val: &Val) -> Result<Value> {
    Ok(match val {
        Val::I32(number) => Value::Signed((*number).into()),
        Val::I64(number) => Value::Signed(*number),
        Val::F32(bits) => Value::Float32(f32::from_bits(*bits)),
        Val::F64(bits) => Value::Float64(f64::from_bits(*bits)),
        other => bail!("{other:?} is a value that Python has none for"),
    })
}

/// A number for the guest: an integer with or without a sign, as long as it fits.
fn taken(value: &Value, ty: &ValType) -> Result<Val> {
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
