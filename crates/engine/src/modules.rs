//! Libraries of core modules: a module, and those that it imports from.

use crate::code::Code;
use crate::compile::Compiled;
use crate::error::{self, Problem, Problems};
use crate::guest::PREVIEW1;
use crate::rooms::{Granted, Rooms};
use crate::sandbox::unlinkable;
use crate::state::State;
use wasmtime::{ExternType, FuncType, Instance, InstancePre, Linker, Module, Result, Store};

/// Modules that are linked with everything but each other.
pub struct Modules {
    pub main: Module,
    /// In the order in which they start.
    pub beside: Vec<(String, Module)>,
    linker: Linker<State>,
    /// Of a module that needs no other.
    alone: Option<InstancePre<State>>,
    pub(crate) uses_wasi: bool,
}

impl Modules {
    pub(crate) fn link(
        preview1: &Linker<State>,
        rooms: &Rooms,
        granted: Option<&Granted>,
        main: &Module,
        beside: &[(String, Compiled)],
    ) -> Result<Self, Problems> {
        let beside: Vec<(String, Module)> = beside
            .iter()
            .filter_map(|(name, compiled)| match &compiled.code {
                Code::Module(module) => Some((name.clone(), module.clone())),
                Code::Component(_) => None,
            })
            .collect();
        let all = || beside.iter().map(|(_, module)| module).chain([main]);
        let uses_wasi = all().flat_map(Module::imports).any(|import| import.module() == PREVIEW1);
        let mut linker = if uses_wasi { preview1.clone() } else { Linker::new(main.engine()) };
        for module in all() {
            if let Some(granted) = granted {
                (rooms.link_module)(&mut linker, granted, module)?;
            }
        }
        let alone = match unknown(&linker, &beside, main).into_result() {
            Ok(()) if beside.is_empty() => Some(linker.instantiate_pre(main).map_err(unlinkable)?),
            Ok(()) => None,
            Err(problems) => return Err(problems),
        };
        Ok(Self { main: main.clone(), beside, linker, alone, uses_wasi })
    }

    /// Start them all. From then on each can be found by its name, the main one by an empty one.
    pub(crate) async fn start(&self, store: &mut Store<State>) -> Result<()> {
        if let Some(alone) = &self.alone {
            let main = alone.instantiate_async(&mut *store).await?;
            return started(store, "", main).await;
        }
        let mut linker = self.linker.clone();
        for (name, module) in &self.beside {
            let instance = linker.instantiate_async(&mut *store, module).await?;
            started(store, name, instance).await?;
            linker.instance(&mut *store, name, instance)?;
        }
        let main = linker.instantiate_async(&mut *store, &self.main).await?;
        started(store, "", main).await
    }
}

async fn started(store: &mut Store<State>, name: &str, instance: Instance) -> Result<()> {
    store.data_mut().modules.push((name.to_owned(), instance));
    initialize(store, instance).await
}

/// What a reactor has to do before its first call.
async fn initialize(store: &mut Store<State>, instance: Instance) -> Result<()> {
    match instance.get_typed_func::<(), ()>(&mut *store, "_initialize") {
        Ok(initialize) => initialize.call_async(store, ()).await,
        Err(_) => Ok(()),
    }
}

/// Imports that nobody answers.
fn unknown(linker: &Linker<State>, beside: &[(String, Module)], main: &Module) -> Problems {
    // A linker takes no second item of a name.
    let mut taken = linker.clone();
    let nothing = FuncType::new(main.engine(), [], []);
    let mut problems = Problems::default();
    for (at, module) in beside.iter().map(|(_, module)| module).chain([main]).enumerate() {
        let earlier = &beside[..at];
        for import in module.imports() {
            let (from, name) = (import.module(), import.name());
            let is_given = earlier.iter().any(|(known, module)| known == from && module.get_export(name).is_some());
            if is_given || taken.func_new(from, name, nothing.clone(), |_, _, _| Ok(())).is_err() {
                continue;
            }
            let what = match import.ty() {
                ExternType::Func(func) => format!("a function {func}"),
                other => format!("{other:?}"),
            };
            problems.0.push(
                Problem::new(
                    error::Code::GuestImportUnknown,
                    format!("the module imports `{name}` of `{from}`, {what}: nobody provides it"),
                )
                .hint(format!(
                    "give an object with a method `{name}`: imports={{\"{from}\": …}}, or a module: modules={{\"{from}\": …}}"
                ))
                .at("source", format!("{from}.{name}")),
            );
        }
    }
    problems
}
