//! What passes between guests and the host, told to whoever watches a store: calls of host functions with their parameters and results
//! as they lie in the guest, what asynchronous guests read and write, and the events that they are told of. Nothing is converted for
//! it, and no handle changes hands.

use crate::component::{Component, Instance};
use crate::prelude::*;
use crate::runtime::vm::component::{ComponentInstance, TypedResourceIndex, VMComponentContext, VMLowering, VMLoweringCallee, trampolines};
use crate::runtime::vm::VMOpaqueContext;
use crate::store::StoreOpaque;
use crate::{AsContextMut, Store, ValRaw};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;
use core::slice;
use wasmtime_environ::component::{
    CanonicalOptions, ComponentTypes, InterfaceType, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, OptionsIndex,
    RuntimeImportIndex, StringEncoding, TypeFuncIndex, TypeFutureTableIndex, TypeResourceTable, TypeResourceTableIndex,
    TypeStreamTableIndex, TypeTupleIndex,
};

/// Hears of what passes.
pub trait Watcher: Send + Sync + 'static {
    /// A guest calls a host function; these are the parameters.
    fn called(&self, interface: &str, function: &str, params: Passed<'_>);
    /// The function has returned; these are the results.
    fn returned(&self, interface: &str, function: &str, results: Passed<'_>);
    /// The function has ended the guest.
    fn ended(&self, interface: &str, function: &str);
    /// The function returns later; the guest knows it by this handle until then.
    fn postponed(&self, interface: &str, function: &str, handle: u32);
    /// A guest is about to use a built-in function, with the items that it writes. An error ends the guest.
    fn uses(&self, builtin: &'static str, arguments: &[u32], items: Option<Passed<'_>>) -> Result<()>;
    /// It has, with the items that it has read.
    fn used(&self, builtin: &'static str, arguments: &[u32], gave: u64, values: Option<Passed<'_>>) -> Result<()>;
    /// A guest is told of an event: its kind, the handle that it is about, and its code; with what came to the guest for it.
    fn told(&self, kind: u32, handle: u32, code: u32, values: Option<Passed<'_>>) -> Result<()>;
}

/// What a built-in gives that has not done yet what was asked of it.
pub const BLOCKED: u64 = 0xffff_ffff;

/// What is returned to a guest that ends there.
const ENDED: u64 = u64::MAX;

// Events, by the numbers that guests know them by.
const SUBTASK: u32 = 1;
const STREAM_READ: u32 = 2;
const FUTURE_READ: u32 = 4;

/// The status of a call, in the lowest bits of what its caller is given.
const RETURNED: u32 = 2;

/// Values on their way between a guest and the host.
pub struct Passed<'a> {
    /// The types that `what` is among, and whatever that is made of.
    pub types: &'a ComponentTypes,
    pub what: What,
    /// Where the values are.
    pub place: Place<'a>,
    /// The guest's memory.
    pub memory: &'a [u8],
    /// Of its strings.
    pub encoding: StringEncoding,
    representation: &'a mut dyn FnMut(TypeResourceTableIndex, u32) -> Option<u32>,
}

/// What values are.
#[derive(Clone, Copy)]
pub enum What {
    /// Parameters or results, together.
    Tuple(TypeTupleIndex),
    /// So many items of a stream or future, one behind the other; without a type they are nothing but their number.
    Items(Option<InterfaceType>, usize),
}

/// Where values are.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// In registers.
    Flat(&'a [ValRaw]),
    /// In the guest's memory, from there on.
    Memory(usize),
}

impl Passed<'_> {
    /// What the host knows the resource by that the guest's handle stands for; None where there is no such handle.
    pub fn representation(&mut self, ty: TypeResourceTableIndex, handle: u32) -> Option<u32> {
        (self.representation)(ty, handle)
    }
}

/// Who watches a store, and what its guests wait for.
pub(crate) struct Watching {
    watcher: Arc<dyn Watcher>,
    calls: Vec<Box<Watched>>,
    /// Where the results of a call come to, by its handle.
    postponed: BTreeMap<u32, (OptionsIndex, TypeTupleIndex, usize)>,
    /// Where items come to, by the handle that they are read from.
    reads: BTreeMap<u32, (OptionsIndex, Option<InterfaceType>, usize)>,
}

/// A host function that is watched.
struct Watched {
    watcher: Arc<dyn Watcher>,
    interface: String,
    function: String,
    lowering: VMLowering,
}

impl Watching {
    pub(crate) fn new(watcher: Arc<dyn Watcher>) -> Self {
        Watching { watcher, calls: Vec::new(), postponed: BTreeMap::new(), reads: BTreeMap::new() }
    }

    /// What is called in place of `lowering`; it lives as long as this.
    pub(crate) fn lowering(&mut self, component: &Component, import: RuntimeImportIndex, lowering: VMLowering) -> VMLowering {
        let component = component.env_component();
        let (root, path) = &component.imports[import];
        let root = component.import_types[*root].0.clone();
        let (interface, function) = match path.split_last() {
            Some((function, _)) => (root, function.clone()),
            None => (String::new(), root),
        };
        self.calls.push(Box::new(Watched { watcher: self.watcher.clone(), interface, function, lowering }));
        let watched = NonNull::from(&**self.calls.last().unwrap());
        VMLowering {
            callee: NonNull::new(entrypoint as VMLoweringCallee as *mut _).unwrap().into(),
            data: watched.cast::<u8>().into(),
        }
    }
}

unsafe extern "C" fn entrypoint(
    cx: NonNull<VMOpaqueContext>,
    data: NonNull<u8>,
    ty: u32,
    options: u32,
    storage: NonNull<MaybeUninit<ValRaw>>,
    storage_len: usize,
) -> bool {
    // SAFETY: `Watching::lowering` made it, and it lives as long as the store.
    let watched = unsafe { data.cast::<Watched>().as_ref() };
    // SAFETY: what is asked of this function is what is asked of the one that it stands for.
    unsafe {
        let mut call =
            Call { results: None, is_async: false, ty: TypeFuncIndex::from_u32(ty), options: OptionsIndex::from_u32(options) };
        let values = || slice::from_raw_parts(storage.as_ptr().cast::<ValRaw>().cast_const(), storage_len);
        let component = VMComponentContext::from_opaque(cx);
        let told = ComponentInstance::enter_host_from_wasm(component, |store, instance| -> Result<()> {
            watched.called(store, instance, &mut call, values());
            Ok(())
        });
        if !told {
            return false;
        }
        let callee: VMLoweringCallee = mem::transmute(watched.lowering.callee.as_ptr());
        if !callee(cx, watched.lowering.data.as_non_null(), ty, options, storage, storage_len) {
            watched.watcher.ended(&watched.interface, &watched.function);
            return false;
        }
        ComponentInstance::enter_host_from_wasm(component, |store, instance| -> Result<()> {
            watched.returned(store, instance, &call, values());
            Ok(())
        })
    }
}

/// One call on its way.
struct Call {
    ty: TypeFuncIndex,
    options: OptionsIndex,
    is_async: bool,
    /// Where the results come to, if not into registers.
    results: Option<usize>,
}

impl Watched {
    fn called(&self, store: &mut StoreOpaque, instance: Instance, call: &mut Call, values: &[ValRaw]) {
        let types = instance.id().get(store).component().types().clone();
        let function = &types[call.ty];
        call.is_async = options(store, instance, call.options).async_;
        let most = if call.is_async { MAX_FLAT_ASYNC_PARAMS } else { MAX_FLAT_PARAMS };
        let pointer = |at: usize| values.get(at).map(|value| value.get_u32() as usize);
        let (place, count) = match types[function.params].abi.flat_count(most) {
            Some(count) => (Place::Flat(&values[..count]), count),
            None => (Place::Memory(pointer(0).unwrap_or(usize::MAX)), 1),
        };
        let results = &types[function.results];
        if !results.types.is_empty() && (call.is_async || results.abi.flat_count(MAX_FLAT_RESULTS).is_none()) {
            call.results = pointer(count);
        }
        let what = What::Tuple(function.params);
        passed(store, instance, call.options, what, place, |params| self.watcher.called(&self.interface, &self.function, params));
    }

    fn returned(&self, store: &mut StoreOpaque, instance: Instance, call: &Call, values: &[ValRaw]) {
        let types = instance.id().get(store).component().types().clone();
        let tuple = types[call.ty].results;
        if call.is_async {
            let status = values.first().map_or(RETURNED, ValRaw::get_u32);
            if status & 0xf != RETURNED {
                let handle = status >> 4;
                if let Some(watching) = &mut store.component_data_mut().watching {
                    watching.postponed.insert(handle, (call.options, tuple, call.results.unwrap_or(0)));
                }
                return self.watcher.postponed(&self.interface, &self.function, handle);
            }
        }
        let place = match call.results {
            Some(at) => Place::Memory(at),
            None => Place::Flat(&values[..types[tuple].abi.flat_count(MAX_FLAT_RESULTS).unwrap_or(0)]),
        };
        passed(store, instance, call.options, What::Tuple(tuple), place, |results| {
            self.watcher.returned(&self.interface, &self.function, results);
        });
    }
}

fn options<'a>(store: &'a StoreOpaque, instance: Instance, options: OptionsIndex) -> &'a CanonicalOptions {
    &instance.id().get(store).component().env_component().options[options]
}

/// Call `with` these values. What it is given borrows the guest's memory and its handles at once.
fn passed<R>(
    store: &mut StoreOpaque,
    instance: Instance,
    options_index: OptionsIndex,
    what: What,
    place: Place<'_>,
    with: impl FnOnce(Passed<'_>) -> R,
) -> R {
    let encoding = options(store, instance, options_index).string_encoding;
    let types = instance.id().get(store).component().types().clone();
    let memory = instance.options_memory(store, options_index);
    // SAFETY: neither a look at a handle nor `with` touches the memory.
    let memory = unsafe { slice::from_raw_parts(memory.as_ptr(), memory.len()) };
    let mut representation = |ty: TypeResourceTableIndex, index: u32| {
        let TypeResourceTable::Concrete { instance: owner, .. } = types[ty] else { return None };
        let table = instance.id().get_mut(store).instance_state(owner).handle_table();
        table.resource_rep(TypedResourceIndex::Component { index, ty }).ok()
    };
    with(Passed { types: &types, what, place, memory, encoding, representation: &mut representation })
}

/// A guest is told of an event.
pub(crate) fn told(store: &mut StoreOpaque, instance: Instance, (kind, code): (u32, u32), handle: u32) -> Result<()> {
    let Some(watching) = &mut store.component_data_mut().watching else { return Ok(()) };
    let watcher = watching.watcher.clone();
    let came = match kind {
        SUBTASK if code == RETURNED => {
            let call = watching.postponed.remove(&handle);
            call.map(|(options, tuple, at)| (options, What::Tuple(tuple), at))
        }
        STREAM_READ | FUTURE_READ => {
            let read = watching.reads.remove(&handle);
            read.map(|(options, ty, at)| (options, What::Items(ty, items(kind == FUTURE_READ, code)), at))
        }
        _ => None,
    };
    match came {
        Some((options, what, at)) => {
            passed(store, instance, options, what, Place::Memory(at), |values| watcher.told(kind, handle, code, Some(values)))
        }
        None => watcher.told(kind, handle, code, None),
    }
}

/// How many items a read has brought: its number, but for a future, which has one if it is there.
fn items(is_future: bool, code: u32) -> usize {
    match (is_future, code & 0xf) {
        (false, _) => (code >> 4) as usize,
        (true, 0) => 1,
        (true, _) => 0,
    }
}

impl<T> Store<T> {
    /// Tell `watcher` of what passes between the host and components which are instantiated from now on.
    pub fn watch(&mut self, watcher: Arc<dyn Watcher>) {
        self.as_context_mut().0.component_data_mut().watching = Some(Watching::new(watcher));
    }
}

/// Where a read or a write is.
struct Moved {
    options: u32,
    ty: Option<InterfaceType>,
    address: u32,
    is_read: bool,
    is_future: bool,
}

/// Tell of a built-in before and after `run`, which gives `ENDED` where it ends the guest.
unsafe fn used(
    vmctx: NonNull<VMComponentContext>,
    builtin: &'static str,
    arguments: &[u32],
    moved: impl Fn(&ComponentTypes) -> Option<Moved>,
    run: impl FnOnce() -> u64,
) -> u64 {
    let watcher = |store: &mut StoreOpaque| store.component_data_mut().watching.as_ref().map(|watching| watching.watcher.clone());
    // SAFETY: the caller's `vmctx` is that of a running component.
    unsafe {
        let may = ComponentInstance::enter_host_from_wasm(vmctx, |store, instance| -> Result<()> {
            let store: &mut StoreOpaque = store;
            let Some(watcher) = watcher(store) else { return Ok(()) };
            let types = instance.id().get(store).component().types().clone();
            let Some(moved) = moved(&types).filter(|moved| !moved.is_read) else {
                return watcher.uses(builtin, arguments, None);
            };
            let count = if moved.is_future { 1 } else { arguments[1] as usize };
            let place = Place::Memory(moved.address as usize);
            passed(store, instance, OptionsIndex::from_u32(moved.options), What::Items(moved.ty, count), place, |items| {
                watcher.uses(builtin, arguments, Some(items))
            })
        });
        if !may {
            return ENDED;
        }
        let gave = run();
        if gave == ENDED {
            return ENDED;
        }
        let told = ComponentInstance::enter_host_from_wasm(vmctx, |store, instance| -> Result<()> {
            let store: &mut StoreOpaque = store;
            let Some(watcher) = watcher(store) else { return Ok(()) };
            let types = instance.id().get(store).component().types().clone();
            let Some(moved) = moved(&types).filter(|moved| moved.is_read) else {
                return watcher.used(builtin, arguments, gave, None);
            };
            let options = OptionsIndex::from_u32(moved.options);
            if gave == BLOCKED {
                if let Some(watching) = &mut store.component_data_mut().watching {
                    watching.reads.insert(arguments[0], (options, moved.ty, moved.address as usize));
                }
                return watcher.used(builtin, arguments, gave, None);
            }
            let what = What::Items(moved.ty, items(moved.is_future, gave as u32));
            let place = Place::Memory(moved.address as usize);
            passed(store, instance, options, what, place, |values| watcher.used(builtin, arguments, gave, Some(values)))
        });
        if told { gave } else { ENDED }
    }
}

fn stream(ty: u32, options: u32, address: u32, is_read: bool) -> impl Fn(&ComponentTypes) -> Option<Moved> {
    move |types| {
        let ty = types[types[TypeStreamTableIndex::from_u32(ty)].ty].payload;
        Some(Moved { options, ty, address, is_read, is_future: false })
    }
}

fn future(ty: u32, options: u32, address: u32, is_read: bool) -> impl Fn(&ComponentTypes) -> Option<Moved> {
    move |types| {
        let ty = types[types[TypeFutureTableIndex::from_u32(ty)].ty].payload;
        Some(Moved { options, ty, address, is_read, is_future: true })
    }
}

fn nothing(_: &ComponentTypes) -> Option<Moved> {
    None
}

/// What stands in for built-ins, under their own names: each says which of its arguments are told, and where it reads or writes.
macro_rules! stand_ins {
    ($($name:ident($($param:ident: $ty:ty),*) as $said:literal tells [$($told:ident),*] moves $moved:expr;)*) => {$(
        // SAFETY: what is asked of it is what is asked of the built-in that it stands for.
        pub(crate) unsafe extern "C" fn $name(vmctx: NonNull<VMComponentContext>, $($param: $ty),*) -> u64 {
            unsafe { used(vmctx, $said, &[$($told),*], $moved, || trampolines::$name(vmctx, $($param),*)) }
        }
    )*};
}

stand_ins! {
    stream_new(caller: u32, ty: u32) as "stream.new" tells [] moves nothing;
    future_new(caller: u32, ty: u32) as "future.new" tells [] moves nothing;
    stream_read(caller: u32, ty: u32, options: u32, handle: u32, address: u32, count: u32)
        as "stream.read" tells [handle, count] moves stream(ty, options, address, true);
    stream_write(caller: u32, ty: u32, options: u32, handle: u32, address: u32, count: u32)
        as "stream.write" tells [handle, count] moves stream(ty, options, address, false);
    flat_stream_read(caller: u32, ty: u32, options: u32, size: u32, align: u32, handle: u32, address: u32, count: u32)
        as "stream.read" tells [handle, count] moves stream(ty, options, address, true);
    flat_stream_write(caller: u32, ty: u32, options: u32, size: u32, align: u32, handle: u32, address: u32, count: u32)
        as "stream.write" tells [handle, count] moves stream(ty, options, address, false);
    future_read(caller: u32, ty: u32, options: u32, handle: u32, address: u32)
        as "future.read" tells [handle] moves future(ty, options, address, true);
    future_write(caller: u32, ty: u32, options: u32, handle: u32, address: u32)
        as "future.write" tells [handle] moves future(ty, options, address, false);
    stream_cancel_read(caller: u32, ty: u32, is_async: u8, handle: u32) as "stream.cancel-read" tells [handle] moves nothing;
    stream_cancel_write(caller: u32, ty: u32, is_async: u8, handle: u32) as "stream.cancel-write" tells [handle] moves nothing;
    future_cancel_read(caller: u32, ty: u32, is_async: u8, handle: u32) as "future.cancel-read" tells [handle] moves nothing;
    future_cancel_write(caller: u32, ty: u32, is_async: u8, handle: u32) as "future.cancel-write" tells [handle] moves nothing;
    subtask_cancel(caller: u32, is_async: u8, handle: u32) as "subtask.cancel" tells [handle] moves nothing;
}
