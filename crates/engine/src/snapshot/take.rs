//! Starting a guest, reading what it has become, and writing that into a new component.

use super::{Start, refused, slim};
use crate::code::Code as Compiled;
use crate::compile::Compiled as CompiledGuest;
use crate::engine::{Engine, EngineSettings, Pooling};
use crate::error::{Code, Problem, Problems};
use crate::limits::Reuse;
use crate::meter::{Metered, Usage};
use crate::output::{Lines, Source};
use crate::runtime::Tasks;
use crate::sandbox::{Handler, Purpose, Sandbox, Settings};
use crate::state::State;
use crate::wasi::{Call, Grants};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use wasmtime::Store;
use wasmtime::component::{Component, Instance, Lift, WasmList};
use wasmtime_wizer::{ComponentContext, ComponentInstanceState, Wizer};

/// The component `wasm` after its initialisation.
pub(crate) fn snapshot(settings: &EngineSettings, tasks: Tasks, wasm: &[u8], start: &Start) -> Result<Vec<u8>, Problem> {
    let engine = Engine::new(&EngineSettings {
        pooling: Pooling::Off,
        cache_dir: None,
        compiler: None,
        target: None,
        ..settings.clone()
    })?;
    let wizer = Wizer::new();
    let (context, instrumented) = wizer.instrument_component(wasm).map_err(|error| refused(&error))?;
    let compiled = Component::new(&engine.runtime(tasks)?.wasmtime, &instrumented).map_err(|error| refused(&error))?;
    let compiled = CompiledGuest { code: Compiled::Component(compiled), tasks, cached: false };
    let sandbox = Arc::new(engine.load(&compiled, sandbox(start)).map_err(first)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Problem::new(Code::EngineFailed, format!("no runtime for a guest's start: {error}")))?;
    let taken = runtime.block_on(taken(&wizer, &context, &sandbox)).map_err(|error| refused(&error))?;
    slim::slim(&taken).map_err(|error| refused(&error))
}

fn sandbox(start: &Start) -> Settings {
    Settings {
        id: "snapshot".into(),
        purpose: Purpose::Http,
        limits: start.limits.clone(),
        reuse: Reuse::default(),
        grants: Grants { env: start.env.clone(), ..Grants::default() },
    }
}

async fn taken(wizer: &Wizer, context: &ComponentContext<'_>, sandbox: &Arc<Sandbox>) -> wasmtime::Result<Vec<u8>> {
    let usage = Usage::new(sandbox.limits.clone(), Some(Instant::now() + sandbox.limits.deadline()));
    let last_words = Arc::<LastWords>::default();
    let taking = async {
        let mut store = sandbox.store(Call::logged(usage.clone(), last_words.clone(), 0))?;
        let instance = started(sandbox, &mut store).await?;
        if !store.data().table.is_empty() {
            // A handle is a number that means something to this store alone.
            wasmtime::bail!("its start left open handles, such as streams or files");
        }
        let mut started = Started { store, instance, failed: None };
        let bytes = wizer.snapshot_component(context, &mut started).await?;
        started.failed.map_or(Ok(bytes), Err)
    };
    let mut bytes = None;
    let run = Box::pin(async {
        bytes = Some(taking.await?);
        Ok(())
    });
    let ended = Metered::new(run, usage.clone()).await;
    match (ended, usage.exceeded()) {
        (Err(_), Some(limit)) => Err(wasmtime::Error::msg(limit.explain(&sandbox.limits))),
        (Err(error), None) => Err(error.context(last_words.text())),
        (Ok(()), _) => bytes.ok_or_else(|| wasmtime::Error::msg("nothing was read")),
    }
}

/// An instance that has run its start functions, as each call's does.
async fn started(sandbox: &Sandbox, store: &mut Store<State>) -> wasmtime::Result<Instance> {
    match &sandbox.handler {
        Handler::Http02(pre) => pre.instance_pre().instantiate_async(store).await,
        Handler::Http03(pre) => pre.instance_pre().instantiate_async(store).await,
        Handler::SpinHttp(pre) => pre.instance_pre().instantiate_async(store).await,
        Handler::Library(pre) => pre.instantiate_async(store).await,
        Handler::Command01(_) | Handler::Command02(_) | Handler::Command03(_) | Handler::Modules(_) => {
            Err(wasmtime::Error::msg("it is a command, whose start is all that it does"))
        }
    }
}

/// Reads memories and globals through the functions that instrumentation added.
struct Started {
    store: Store<State>,
    instance: Instance,
    /// What a read ran into; the snapshot is worth nothing then.
    failed: Option<wasmtime::Error>,
}

impl Started {
    async fn read<R: Lift + Send + Sync + 'static>(&mut self, interface: &str, function: &str) -> wasmtime::Result<R> {
        let missing = || wasmtime::Error::msg(format!("no {interface}#{function}"));
        let interface = self.instance.get_export_index(&mut self.store, None, interface).ok_or_else(missing)?;
        let function = self.instance.get_export_index(&mut self.store, Some(&interface), function).ok_or_else(missing)?;
        let function = self.instance.get_typed_func::<(), (R,)>(&mut self.store, function)?;
        Ok(function.call_async(&mut self.store, ()).await?.0)
    }

    async fn read_or<R: Lift + Send + Sync + 'static>(&mut self, interface: &str, function: &str, otherwise: R) -> R {
        match self.read(interface, function).await {
            Ok(value) => value,
            Err(error) => {
                self.failed = Some(error);
                otherwise
            }
        }
    }
}

impl ComponentInstanceState for Started {
    async fn call_func_ret_list_u8(&mut self, instance: &str, func: &str, contents: impl FnOnce(&[u8]) + Send) {
        match self.read::<WasmList<u8>>(instance, func).await {
            Ok(list) => contents(list.as_le_slice(&self.store)),
            Err(error) => {
                self.failed = Some(error);
                contents(&[]);
            }
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.read_or(instance, func, 0).await
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.read_or(instance, func, 0).await
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.read_or(instance, func, 0.0_f32).await.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.read_or(instance, func, 0.0_f64).await.to_bits()
    }
}

/// What the guest said on its standard streams: where its start fails, that tells why.
#[derive(Default)]
struct LastWords(Mutex<Vec<String>>);

impl LastWords {
    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() { "its start failed".into() } else { format!("its start failed and said: {}", lines.join(" | ")) }
    }
}

impl Lines for LastWords {
    fn line(&self, _component: &str, _request: u64, _source: Source, line: &[u8]) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < 10 {
            lines.push(String::from_utf8_lossy(line).into_owned());
        }
    }
}

fn first(problems: Problems) -> Problem {
    problems.0.into_iter().next().unwrap_or_else(|| Problem::new(Code::EngineFailed, "a guest's start was refused for no reason"))
}
