//! The engine of one process: wasmtime's, the linker of all worlds, the code cache and the ticking epoch.

use crate::cache::Cache;
use crate::error::{Code, Problem};
use crate::link;
use crate::pool::PoolSizes;
use crate::state::State;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use wasmtime::component::Linker;
use wasmtime::{Config, InstanceAllocationStrategy, WasmBacktraceDetails};

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Where the machine allows it.
    #[default]
    Auto,
    Off,
}

/// Settings of the engine, the part `engine` of the settings document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EngineSettings {
    pub pooling: Pooling,
    /// Keep debug information in compiled code, for native debuggers.
    pub debug_info: bool,
    /// Where compiled code is kept; none compiles anew each time.
    pub cache_dir: Option<PathBuf>,
    /// wasm features beyond those that are on by default.
    pub features: Vec<String>,
}

/// What compiles, links and runs the guests of one process.
pub struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) linker: Linker<State>,
    /// For preview 1 commands.
    pub(crate) preview1: wasmtime::Linker<State>,
    pub(crate) cache: Option<Cache>,
    /// The pool's sizes; none where instances are allocated on demand.
    pub pool: Option<PoolSizes>,
}

impl Engine {
    pub fn new(settings: &EngineSettings) -> Result<Self, Problem> {
        let (wasmtime, pool) = match settings.pooling {
            Pooling::Auto => pooled(settings)?,
            Pooling::Off => (on_demand(settings)?, None),
        };
        let cache = settings.cache_dir.as_deref().map(|dir| Cache::open(dir, &wasmtime)).transpose()?;
        let linker = link::all_worlds(&wasmtime).map_err(failed)?;
        let preview1 = link::preview1(&wasmtime).map_err(failed)?;
        tick(&wasmtime).map_err(|error| failed(error.into()))?;
        Ok(Self { wasmtime, linker, preview1, cache, pool })
    }

    /// Calls that can be live at the same time, whatever their component.
    pub fn capacity(&self) -> usize {
        self.pool.as_ref().map_or(10_000, |pool| usize::try_from(pool.instances).unwrap_or(usize::MAX))
    }
}

fn pooled(settings: &EngineSettings) -> Result<(wasmtime::Engine, Option<PoolSizes>), Problem> {
    let mut sizes = PoolSizes::of_this_machine();
    while sizes.is_useful() {
        let mut config = config(settings)?;
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(sizes.config()));
        if let Ok(engine) = wasmtime::Engine::new(&config) {
            return Ok((engine, Some(sizes)));
        }
        sizes = sizes.halved();
    }
    Ok((on_demand(settings)?, None))
}

fn on_demand(settings: &EngineSettings) -> Result<wasmtime::Engine, Problem> {
    wasmtime::Engine::new(&config(settings)?).map_err(failed)
}

fn failed(error: wasmtime::Error) -> Problem {
    Problem::new(Code::EngineFailed, format!("the engine cannot be set up: {error:#}"))
}

fn config(settings: &EngineSettings) -> Result<Config, Problem> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_component_model_async(true)
        // The pool holds no shared memory; on demand a preview 1 command may have one.
        .shared_memory(settings.pooling == Pooling::Off)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .debug_info(settings.debug_info);
    for feature in &settings.features {
        enable(&mut config, feature)?;
    }
    Ok(config)
}

type Switch = fn(&mut Config, bool) -> &mut Config;

/// Features that wasmtime 48 has but does not yet call stable.
const FEATURES: &[(&str, Switch)] = &[
    ("branch-hinting", Config::wasm_branch_hinting),
    ("component-model-error-context", Config::wasm_component_model_error_context),
    ("component-model-fixed-length-lists", Config::wasm_component_model_fixed_length_lists),
    ("component-model-map", Config::wasm_component_model_map),
    ("component-model-memory64", Config::wasm_component_model_memory64),
    ("component-model-more-async-builtins", Config::wasm_component_model_more_async_builtins),
    ("component-model-async-stackful", Config::wasm_component_model_async_stackful),
    ("custom-page-sizes", Config::wasm_custom_page_sizes),
    ("wide-arithmetic", Config::wasm_wide_arithmetic),
];

/// The names that `features` may hold.
pub fn feature_names() -> Vec<&'static str> {
    FEATURES.iter().map(|(name, _)| *name).collect()
}

fn enable(config: &mut Config, feature: &str) -> Result<(), Problem> {
    let Some((_, switch)) = FEATURES.iter().find(|(name, _)| *name == feature) else {
        return Err(Problem::new(Code::FeatureUnknown, format!("the wasm feature `{feature}` is not known"))
            .hint(format!("known features: {}", feature_names().join(", ")))
            .at("tool.atoll.features", feature));
    };
    switch(config, true);
    Ok(())
}

/// One thread a process moves the epoch on; it ends with its engine.
fn tick(engine: &wasmtime::Engine) -> std::io::Result<()> {
    let weak = engine.weak();
    std::thread::Builder::new().name("atoll-epoch".into()).spawn(move || {
        loop {
            std::thread::sleep(TICK);
            match weak.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    })?;
    Ok(())
}
