//! What can be asked of an instance of a core module, and the doing of it.

use super::Value;
use super::number::{address_of, given, taken};
use atoll_engine::State;
use atoll_engine::limits::Exceeded;
use wasmtime::{AsContextMut, Error, Extern, Func, Result, Val, ValType, bail};

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
