//! Calls of host functions, told to whoever watches a store: before, with the parameters as the guest passes them, and after, with the
//! results as it gets them. Nothing is converted for it, and no handle changes hands.

use crate::component::Instance;
use crate::prelude::*;
use crate::runtime::vm::component::{ComponentInstance, TypedResourceIndex, VMComponentContext, VMLowering, VMLoweringCallee};
use crate::runtime::vm::{VMOpaqueContext, VMStore};
use crate::{AsContextMut, Store, ValRaw};
use alloc::sync::Arc;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;
use wasmtime_environ::component::{
    CanonicalOptions, ComponentTypes, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, OptionsIndex,
    RuntimeImportIndex, StringEncoding, TypeFuncIndex, TypeResourceTable, TypeResourceTableIndex, TypeTupleIndex,
};

/// Hears of each call of a host function.
pub trait Watcher: Send + Sync + 'static {
    /// A guest calls; these are the parameters.
    fn called(&self, interface: &str, function: &str, params: Passed<'_>);
    /// The function has returned; these are the results.
    fn returned(&self, interface: &str, function: &str, results: Passed<'_>);
    /// The function has ended the guest.
    fn ended(&self, interface: &str, function: &str);
    /// The function may return later: the guest does not wait for it.
    fn postponed(&self, interface: &str, function: &str);
}

/// Values on their way between a guest and the host.
pub struct Passed<'a> {
    /// The types that `tuple` and whatever it is made of are among.
    pub types: &'a ComponentTypes,
    /// The values together.
    pub tuple: TypeTupleIndex,
    /// Where they are.
    pub place: Place<'a>,
    /// The guest's memory.
    pub memory: &'a [u8],
    /// Of its strings.
    pub encoding: StringEncoding,
    representation: &'a mut dyn FnMut(TypeResourceTableIndex, u32) -> Option<u32>,
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

/// Who watches a store, and what its guests call.
pub(crate) struct Watching {
    watcher: Arc<dyn Watcher>,
    calls: Vec<Box<Watched>>,
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
        Watching { watcher, calls: Vec::new() }
    }

    /// What is called in place of `lowering`; it lives as long as this.
    pub(crate) fn lowering(&mut self, component: &crate::component::Component, import: RuntimeImportIndex, lowering: VMLowering) -> VMLowering {
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
        let mut call = Call { results: None, is_async: false, ty: TypeFuncIndex::from_u32(ty), options: OptionsIndex::from_u32(options) };
        let values = || NonNull::slice_from_raw_parts(storage, storage_len).as_ref();
        let cx_of_component = VMComponentContext::from_opaque(cx);
        let told = ComponentInstance::enter_host_from_wasm(cx_of_component, |store, instance| -> Result<()> {
            watched.called(store, instance, &mut call, mem::transmute::<&[MaybeUninit<ValRaw>], &[ValRaw]>(values()));
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
        ComponentInstance::enter_host_from_wasm(cx_of_component, |store, instance| -> Result<()> {
            watched.returned(store, instance, &call, mem::transmute::<&[MaybeUninit<ValRaw>], &[ValRaw]>(values()));
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
    fn called(&self, store: &mut dyn VMStore, instance: Instance, call: &mut Call, values: &[ValRaw]) {
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
        let tuple = function.params;
        passed(store, instance, call.options, tuple, place, |params| self.watcher.called(&self.interface, &self.function, params));
    }

    fn returned(&self, store: &mut dyn VMStore, instance: Instance, call: &Call, values: &[ValRaw]) {
        // The lower bits of what is returned at once are the status; 2 stands for "returned".
        if call.is_async && values.first().is_none_or(|status| status.get_u32() & 0xf != 2) {
            return self.watcher.postponed(&self.interface, &self.function);
        }
        let types = instance.id().get(store).component().types().clone();
        let tuple = types[call.ty].results;
        let place = match call.results {
            Some(at) => Place::Memory(at),
            None => Place::Flat(&values[..types[tuple].abi.flat_count(MAX_FLAT_RESULTS).unwrap_or(0)]),
        };
        passed(store, instance, call.options, tuple, place, |results| {
            self.watcher.returned(&self.interface, &self.function, results);
        });
    }
}

fn options(store: &mut dyn VMStore, instance: Instance, options: OptionsIndex) -> &CanonicalOptions {
    &instance.id().get(store).component().env_component().options[options]
}

/// Call `with` these values. What it is given borrows the guest's memory and its handles at once.
fn passed(
    store: &mut dyn VMStore,
    instance: Instance,
    options_index: OptionsIndex,
    tuple: TypeTupleIndex,
    place: Place<'_>,
    with: impl FnOnce(Passed<'_>),
) {
    let encoding = options(store, instance, options_index).string_encoding;
    let types = instance.id().get(store).component().types().clone();
    let memory = instance.options_memory(store, options_index);
    // SAFETY: neither a look at a handle nor `with` touches the memory.
    let memory = unsafe { core::slice::from_raw_parts(memory.as_ptr(), memory.len()) };
    let mut representation = |ty: TypeResourceTableIndex, index: u32| {
        let TypeResourceTable::Concrete { instance: owner, .. } = types[ty] else { return None };
        let table = instance.id().get_mut(store).instance_state(owner).handle_table();
        table.resource_rep(TypedResourceIndex::Component { index, ty }).ok()
    };
    with(Passed { types: &types, tuple, place, memory, encoding, representation: &mut representation });
}

impl<T> Store<T> {
    /// Tell `watcher` of each host function that is called by components which are instantiated from now on.
    pub fn watch(&mut self, watcher: Arc<dyn Watcher>) {
        self.as_context_mut().0.component_data_mut().watching = Some(Watching::new(watcher));
    }
}
