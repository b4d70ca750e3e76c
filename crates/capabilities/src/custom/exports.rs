//! What a library exports, and the calls of it.

use super::shape::{Function, Item, Reading, resource};
use super::value::{Object, Value, lift_result, lower};
use super::{Granted, direct};
use atoll_engine::State;
use std::sync::PoisonError;
use wasmtime::component::types::{ComponentExtern, ComponentInstance, ComponentItem};
use wasmtime::component::{Accessor, Component, ComponentExportIndex, Func, ResourceAny, Val};
use wasmtime::{AsContextMut, Engine, Error, Result, Store, StoreContextMut};

/// One function that a library exports.
pub struct Export {
    /// With its version; none where the world itself exports the function.
    pub interface: Option<String>,
    pub name: String,
    /// Or what of it cannot cross, in words.
    pub function: std::result::Result<Function, String>,
    /// None where it is a core module's.
    pub index: Option<ComponentExportIndex>,
}

/// Everything that a library exports.
#[derive(Default)]
pub struct Exports {
    pub functions: Vec<Export>,
    /// Interface and name of each resource that the guest makes.
    pub resources: Vec<(Option<String>, String)>,
    /// Of core modules only.
    pub memories: Vec<String>,
    /// Of core modules only: names, and which can be set.
    pub globals: Vec<(String, bool)>,
}

impl Exports {
    /// The types of the function of that number.
    pub fn function(&self, number: usize) -> Result<&Function> {
        self.functions[number].function.as_ref().map_err(|why| Error::msg(format!("it cannot be called: it has {why}")))
    }
}

/// All exports of `component`, which was linked with what it was `granted`.
pub fn exports(engine: &Engine, component: &Component, granted: &Granted) -> Exports {
    let types = granted.types.lock().unwrap_or_else(PoisonError::into_inner);
    let world = component.component_type();
    let own: Vec<Item<'_>> = world.exports(engine).collect();
    let imports: Vec<Item<'_>> = world.imports(engine).collect();
    let inside: Vec<_> = own.iter().chain(&imports).filter_map(|(name, item)| Some((*name, instance(item)?))).collect();
    let interfaces: Vec<(&str, Vec<Item<'_>>)> =
        inside.iter().map(|(name, instance)| (*name, instance.exports(engine).collect())).collect();
    // A type has the name that its own interface gives it, and else whatever name it has elsewhere.
    let anywhere = || own.iter().chain(&imports).chain(interfaces.iter().flat_map(|(_, items)| items));
    let exported = interfaces.iter().filter(|(name, _)| own.iter().any(|(exported, _)| exported == name));
    let all: Vec<(Option<&str>, &Vec<Item<'_>>)> =
        std::iter::once((None, &own)).chain(exported.map(|(name, items)| (Some(*name), items))).collect();
    let others = interfaces.iter().filter(|(name, _)| imports.iter().any(|(imported, _)| imported == name));
    let others: Vec<_> = others.flat_map(|(_, items)| items).chain(&imports).filter_map(resource).map(|(_, of)| of).collect();
    let (mut guests, mut resources) = (Vec::new(), Vec::new());
    for (interface, items) in &all {
        for (name, guest) in items.iter().filter_map(resource) {
            if types.known(guest).is_none() && !others.contains(&guest) && !guests.contains(&guest) {
                guests.push(guest);
                resources.push((interface.map(Into::into), name.to_owned()));
            }
        }
    }
    let mut functions = Vec::new();
    for (interface, items) in all {
        let reading = Reading::new(items.iter().chain(anywhere()), &types, &guests);
        let parent = interface.and_then(|name| component.get_export_index(None, name));
        for (name, item) in items {
            let ComponentItem::ComponentFunc(function) = &item.ty else { continue };
            let Some(index) = component.get_export_index(parent.as_ref(), name) else { continue };
            let function = reading.function(name, function);
            functions.push(Export {
                interface: interface.map(Into::into),
                name: (*name).to_owned(),
                function,
                index: Some(index),
            });
        }
    }
    Exports { functions, resources, ..Exports::default() }
}

fn instance(item: &ComponentExtern<'_>) -> Option<ComponentInstance> {
    match &item.ty {
        ComponentItem::ComponentInstance(instance) => Some(instance.clone()),
        _ => None,
    }
}

/// Call the function, alone, and take what it gives back.
pub async fn call(store: &mut Store<State>, func: Func, function: &Function, arguments: Vec<Value>) -> Result<Option<Value>> {
    if let Some(direct) = function.direct {
        return direct::call(store, func, direct, arguments).await;
    }
    let (arguments, mut results) = (lowered(&mut store.as_context_mut(), function, arguments)?, room(function));
    func.call_async(&mut *store, &arguments, &mut results).await?;
    lifted(&mut store.as_context_mut(), function, results)
}

/// The same on the stack of this thread, which waits: without a fiber. For guests that ask nothing of the host.
pub fn call_here(store: &mut Store<State>, func: Func, function: &Function, arguments: Vec<Value>) -> Result<Option<Value>> {
    if let Some(direct) = function.direct {
        return direct::call_here(store, func, direct, arguments);
    }
    let (arguments, mut results) = (lowered(&mut store.as_context_mut(), function, arguments)?, room(function));
    func.call(&mut *store, &arguments, &mut results)?;
    lifted(&mut store.as_context_mut(), function, results)
}

/// The same beside other calls, on behalf of `caller`.
pub async fn call_concurrent(
    accessor: &Accessor<State>,
    func: Func,
    function: &Function,
    arguments: Vec<Value>,
    caller: Option<Object>,
) -> Result<Option<Value>> {
    let arguments = accessor.with(|mut access| lowered(&mut access.as_context_mut(), function, arguments))?;
    let mut results = room(function);
    let call = accessor.with(|access| func.start_call_concurrent(access, &arguments, &mut results))?;
    let task = call.task();
    accessor.with(|mut access| {
        if let (Some(held), Some(caller)) = (access.as_context_mut().data_mut().held_mut(), caller) {
            held.callers.insert(task, caller);
        }
    });
    let ended = func.finish_call_concurrent(accessor, call).await;
    accessor.with(|mut access| {
        let mut store = access.as_context_mut();
        if let Some(held) = store.data_mut().held_mut() {
            held.callers.remove(&task);
        }
        ended?;
        lifted(&mut store, function, results)
    })
}

fn lowered(store: &mut StoreContextMut<'_, State>, function: &Function, arguments: Vec<Value>) -> Result<Vec<Val>> {
    let pairs = function.parameters.iter().zip(arguments);
    pairs.map(|((_, shape), value)| lower(store, shape, value)).collect()
}

/// For what the function gives back.
fn room(function: &Function) -> Vec<Val> {
    vec![Val::Bool(false); usize::from(function.result.is_some())]
}

fn lifted(store: &mut StoreContextMut<'_, State>, function: &Function, mut results: Vec<Val>) -> Result<Option<Value>> {
    let result = function.result.as_ref().zip(results.pop());
    result.map(|(shape, result)| lift_result(store, shape, result)).transpose()
}

/// Drop a resource of the guest's; its destructor runs.
pub async fn drop_resource(store: &mut Store<State>, resource: ResourceAny) -> Result<()> {
    resource.resource_drop_async(store).await
}
