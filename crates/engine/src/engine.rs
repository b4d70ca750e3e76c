//! The engine of one process: a runtime for each kind of guest, the second made when the first guest needs it.

use crate::cache::Cache;
use crate::compiler::CompilerSettings;
use crate::error::Problem;
use crate::link;
use crate::pool::PoolSizes;
use crate::rooms::Rooms;
use crate::runtime::{self, Runtime, Tasks};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Where the machine allows it.
    #[default]
    Auto,
    Off,
}

/// Settings of the engine, the part `engine` of the settings document.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct EngineSettings {
    pub pooling: Pooling,
    /// Keep debug information in compiled code, for native debuggers.
    pub debug_info: bool,
    /// Where compiled code is kept; none compiles anew each time.
    pub cache_dir: Option<PathBuf>,
    /// Instances that can live at the same time; by default what is sensible for this machine.
    pub max_instances: Option<u64>,
    /// wasm features beyond those that are on by default.
    pub features: Vec<String>,
    /// Guests count what they execute, which costs them time.
    pub fuel: bool,
    /// The process that compiles what is not in the cache; none compiles in this one.
    pub compiler: Option<CompilerSettings>,
    /// Only what is in the cache is run: nothing is compiled.
    pub never_compile: bool,
    /// What machine code is compiled for, where that is not this machine: a triple such as `aarch64-unknown-linux-gnu`.
    pub target: Option<String>,
}

/// What compiles, links and runs the guests of one process.
pub struct Engine {
    settings: EngineSettings,
    rooms: Rooms,
    one: Runtime,
    many: OnceLock<Result<Runtime, Problem>>,
    many_cache: OnceLock<Result<Option<Cache>, Problem>>,
}

impl Engine {
    /// An engine whose guests have WASI, and no capability beside it.
    pub fn new(settings: &EngineSettings) -> Result<Self, Problem> {
        Self::with_rooms(settings, Rooms::NONE)
    }

    pub fn with_rooms(settings: &EngineSettings, rooms: Rooms) -> Result<Self, Problem> {
        Ok(Self {
            settings: settings.clone(),
            rooms,
            one: Runtime::new(settings, rooms, Tasks::One)?,
            many: OnceLock::new(),
            many_cache: OnceLock::new(),
        })
    }

    /// The pool's sizes; none where instances are allocated on demand.
    pub fn pool(&self) -> Option<&PoolSizes> {
        self.one.pool.as_ref()
    }

    /// Calls that can be live at the same time, whatever their component.
    pub fn capacity(&self) -> usize {
        self.pool().map_or(10_000, |pool| usize::try_from(pool.instances).unwrap_or(usize::MAX))
    }

    /// Which of these interfaces, named with their versions and a resource or function each, a component may import; beside each
    /// the room that answers it. WASI's own have none.
    pub fn interfaces<'a>(&self, described: &[(&'a str, &str)]) -> Result<Vec<(&'a str, Option<&'static str>)>, Problem> {
        let runtime = self.runtime(Tasks::Many)?;
        let linked = described.iter().filter(|(name, item)| link::has(&runtime.linker, name, item));
        Ok(linked.map(|(name, _)| (*name, self.rooms.room_of(name))).collect())
    }

    pub(crate) fn settings(&self) -> &EngineSettings {
        &self.settings
    }

    /// The cache of the second runtime, which need not exist to be looked into.
    pub(crate) fn many_cache(&self) -> Result<Option<&Cache>, Problem> {
        let open = || {
            let Some(dir) = &self.settings.cache_dir else { return Ok(None) };
            Cache::open(dir, &runtime::on_demand(&self.settings, Tasks::Many)?).map(Some)
        };
        self.many_cache.get_or_init(open).as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    pub(crate) fn runtime(&self, tasks: Tasks) -> Result<&Runtime, Problem> {
        match tasks {
            Tasks::One => Ok(&self.one),
            Tasks::Many => {
                self.many.get_or_init(|| Runtime::new(&self.settings, self.rooms, Tasks::Many)).as_ref().map_err(Clone::clone)
            }
        }
    }
}
