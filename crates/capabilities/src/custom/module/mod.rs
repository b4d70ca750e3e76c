//! Core modules: what they import and export, and what can be asked of an instance of one.

mod ask;
mod number;

pub use ask::{Ask, Returns, perform};

use super::exports::{Export, Exports};
use super::link::mismatched;
use super::shape::{Function, Interface, Shape};
use super::value::Value;
use super::{Callable, Fault, find};
use crate::rooms::Granted;
use atoll_engine::{Problems, State};
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt, channel::mpsc, channel::oneshot, pin_mut};
use number::{given, taken};
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::{Caller, Error, ExternType, FuncType, Linker, Module, Mutability, Result, ValType};

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
