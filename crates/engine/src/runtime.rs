//! One wasmtime engine and what belongs to it: its linkers, its code cache, its pool and its ticker.

use crate::cache::Cache;
use crate::engine::{EngineSettings, Pooling};
use crate::error::{Code, Problem};
use crate::features;
use crate::link;
use crate::pool::PoolSizes;
use crate::ready::Housekeeper;
use crate::rooms::Rooms;
use crate::state::State;
use crate::ticker::Ticker;
use std::sync::Arc;
use wasmtime::component::Linker;
use wasmtime::{Config, InstanceAllocationStrategy, WasmBacktraceDetails};

/// Whether a guest may hold several tasks at once. Keeping account of them costs each call about a fifth more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tasks {
    /// WASI 0.1 and 0.2.
    One,
    /// WASI 0.3, and instances that serve several requests.
    Many,
}

impl Tasks {
    /// The name that the compiler's report gives it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Many => "many",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::One, Self::Many].into_iter().find(|tasks| tasks.as_str() == name)
    }
}

/// What compiles, links and runs the guests of one kind.
pub(crate) struct Runtime {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) rooms: Rooms,
    /// For preview 1 commands.
    pub(crate) preview1: wasmtime::Linker<State>,
    pub(crate) cache: Option<Cache>,
    /// None where instances are allocated on demand.
    pub(crate) pool: Option<PoolSizes>,
    pub(crate) ticker: Arc<Ticker>,
    pub(crate) housekeeper: Arc<Housekeeper>,
}

impl Runtime {
    pub(crate) fn new(settings: &EngineSettings, rooms: Rooms, tasks: Tasks) -> Result<Self, Problem> {
        let (wasmtime, pool) = match settings.pooling {
            Pooling::Auto => pooled(settings, tasks)?,
            Pooling::Off => (on_demand(settings, tasks)?, None),
        };
        let cache = settings.cache_dir.as_deref().map(|dir| Cache::open(dir, &wasmtime)).transpose()?;
        let linker = link::all_worlds(&wasmtime, &rooms, tasks).map_err(failed)?;
        let preview1 = link::preview1(&wasmtime).map_err(failed)?;
        let ticker = Ticker::start(&wasmtime).map_err(|error| failed(error.into()))?;
        Ok(Self { wasmtime, linker, rooms, preview1, cache, pool, ticker: Arc::new(ticker), housekeeper: Arc::default() })
    }
}

fn pooled(settings: &EngineSettings, tasks: Tasks) -> Result<(wasmtime::Engine, Option<PoolSizes>), Problem> {
    let mut sizes = PoolSizes::of_this_machine(settings.max_instances);
    while sizes.is_useful() {
        let mut config = config(settings, tasks)?;
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(sizes.config()));
        if let Ok(engine) = wasmtime::Engine::new(&config) {
            return Ok((engine, Some(sizes)));
        }
        sizes = sizes.halved();
    }
    Ok((on_demand(settings, tasks)?, None))
}

/// An engine without a pool: what it compiles runs in one with a pool, too.
pub(crate) fn on_demand(settings: &EngineSettings, tasks: Tasks) -> Result<wasmtime::Engine, Problem> {
    wasmtime::Engine::new(&config(settings, tasks)?).map_err(failed)
}

fn failed(error: wasmtime::Error) -> Problem {
    Problem::new(Code::EngineFailed, format!("the engine cannot be set up: {error:#}"))
}

fn no_target(target: &str, error: &wasmtime::Error) -> Problem {
    Problem::new(Code::TargetUnknown, format!("code for `{target}` cannot be made: {error:#}"))
        .hint("name a target such as `x86_64-unknown-linux-gnu` or `aarch64-unknown-linux-gnu`")
}

fn config(settings: &EngineSettings, tasks: Tasks) -> Result<Config, Problem> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_component_model_async(tasks == Tasks::Many)
        .concurrency_support(tasks == Tasks::Many)
        // The pool holds no shared memory; on demand a preview 1 command may have one.
        .shared_memory(settings.pooling == Pooling::Off)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .consume_fuel(settings.fuel)
        .debug_info(settings.debug_info);
    features::enable(&mut config, &settings.features, tasks)?;
    if let Some(target) = &settings.target {
        config.target(target).map_err(|error| no_target(target, &error))?;
    }
    Ok(config)
}
