//! The functions of such an interface in a component's linker.

use super::shape::{Function, Interface, Types};
use super::value::{Object, Value, forget, lift, lower};
use super::{Callable, Fault, Host, find};
use crate::rooms::Granted;
use atoll_engine::{Code, Import, Imported, Problem, Problems, State};
use std::sync::{Arc, PoisonError};
use wasmtime::component::{Linker, LinkerInstance, ResourceType, Val};
use wasmtime::{AsContextMut, Error, Result, StoreContextMut};

/// Whether the component was granted somebody who answers this import.
pub(crate) fn is_granted(granted: &atoll_engine::Granted, import: &str) -> bool {
    granted.downcast_ref::<Granted>().is_some_and(|granted| find(&granted.custom.hosts, import).is_some())
}

/// Links the imports that the component was granted; everything that does not fit at once.
pub(crate) fn link_granted<'a>(
    linker: &mut Linker<State>,
    granted: &atoll_engine::Granted,
    imports: &[Import<'a>],
    problems: &mut Problems,
) -> Vec<&'a str> {
    let Some(granted) = granted.downcast_ref::<Granted>() else { return Vec::new() };
    let mut types = granted.custom.types.lock().unwrap_or_else(PoisonError::into_inner);
    let mut linked = Vec::new();
    for import in imports {
        let Some(host) = find(&granted.custom.hosts, import.name) else { continue };
        linked.push(import.name);
        if let Err(whys) = link(linker, &**host, import, &mut types) {
            problems.0.extend(whys.iter().map(|why| mismatched(import.name, why)));
        }
    }
    linked
}

pub(super) fn mismatched(import: &str, why: &str) -> Problem {
    Problem::new(Code::ImportMismatched, format!("`{import}` is not what the component imports: {why}"))
        .hint("give the object that [application.tool.atoll.imports] names a method for each function of the interface")
        .at("imports", import)
}

fn link(
    linker: &mut Linker<State>,
    host: &dyn Host,
    import: &Import<'_>,
    types: &mut Types,
) -> std::result::Result<(), Vec<String>> {
    let alone = |error: Error| vec![format!("{error:#}")];
    let engine = linker.engine().clone();
    let interface = types.imported(&engine, import).map_err(|why| vec![why])?;
    let callables = host.bind(&interface)?;
    let mut instance = match import.item {
        Imported::Interface(_) => linker.instance(import.name).map_err(alone)?,
        Imported::Function(_) => linker.root(),
    };
    let Interface { functions, resources, .. } = interface;
    for (name, kind) in resources {
        instance.resource(&name, ResourceType::host_dynamic(kind), forget).map_err(alone)?;
    }
    for (function, callable) in functions.into_iter().zip(callables) {
        define(&mut instance, function, callable).map_err(alone)?;
    }
    Ok(())
}

fn define(instance: &mut LinkerInstance<'_, State>, function: Function, callable: Arc<dyn Callable>) -> Result<()> {
    let name = function.name.clone();
    let function = Arc::new(function);
    if function.is_async {
        return instance.func_new_concurrent(&name, move |accessor, _, vals, results| {
            let (function, callable) = (function.clone(), callable.clone());
            Box::pin(async move {
                let (caller, arguments) = accessor.with(|mut access| function.asked(&mut access.as_context_mut(), vals))?;
                let result = answered(&function, callable.call(caller, arguments).await)?;
                accessor.with(|mut access| function.lower(&mut access.as_context_mut(), result, results))
            })
        });
    }
    instance.func_new_async(&name, move |mut store, _, vals, results| {
        let (function, callable) = (function.clone(), callable.clone());
        Box::new(async move {
            let (caller, arguments) = function.asked(&mut store, vals)?;
            let result = answered(&function, callable.call(caller, arguments).await)?;
            function.lower(&mut store, result, results)
        })
    })
}

/// Where several calls run, it is known which one the host is asked in.
fn caller(store: &mut StoreContextMut<'_, State>) -> Result<Option<Object>> {
    let Some(held) = store.data().held() else { return Ok(None) };
    if held.callers.is_empty() {
        return Ok(held.caller.clone());
    }
    let first = store.async_call_stack()?.last();
    let callers = store.data().held().map(|held| &held.callers);
    Ok(callers.zip(first).and_then(|(callers, first)| callers.get(&first).cloned()))
}

fn answered(function: &Function, result: std::result::Result<Option<Value>, Fault>) -> Result<Option<Value>> {
    result.map_err(|fault| Fault { message: format!("`{}` failed: {}", function.name, fault.message), ..fault }.into())
}

impl Function {
    /// The arguments, and on whose behalf the guest asks.
    fn asked(&self, store: &mut StoreContextMut<'_, State>, vals: &[Val]) -> Result<(Option<Object>, Vec<Value>)> {
        let arguments = self.parameters.iter().zip(vals).map(|((_, shape), val)| lift(store, shape, val));
        let arguments = arguments.collect::<Result<_>>()?;
        Ok((caller(store)?, arguments))
    }

    fn lower(&self, store: &mut StoreContextMut<'_, State>, result: Option<Value>, results: &mut [Val]) -> Result<()> {
        if let (Some(shape), Some(value), [place]) = (&self.result, result, results) {
            *place = lower(store, shape, value)?;
        }
        Ok(())
    }
}
