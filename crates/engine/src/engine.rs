//! The engine of one process: a runtime for each kind of guest, the second made when the first guest needs it.

use crate::error::Problem;
use crate::pool::PoolSizes;
use crate::runtime::{Runtime, Tasks};
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Where the machine allows it.
    #[default]
    Auto,
    Off,
}

/// Settings of the engine, the part `engine` of the settings document.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
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
    settings: EngineSettings,
    one: Runtime,
    many: OnceLock<Result<Runtime, Problem>>,
}

impl Engine {
    pub fn new(settings: &EngineSettings) -> Result<Self, Problem> {
        Ok(Self { settings: settings.clone(), one: Runtime::new(settings, Tasks::One)?, many: OnceLock::new() })
    }

    /// The pool's sizes; none where instances are allocated on demand.
    pub fn pool(&self) -> Option<&PoolSizes> {
        self.one.pool.as_ref()
    }

    /// Calls that can be live at the same time, whatever their component.
    pub fn capacity(&self) -> usize {
        self.pool().map_or(10_000, |pool| usize::try_from(pool.instances).unwrap_or(usize::MAX))
    }

    pub(crate) fn runtime(&self, tasks: Tasks) -> Result<&Runtime, Problem> {
        match tasks {
            Tasks::One => Ok(&self.one),
            Tasks::Many => self.many.get_or_init(|| Runtime::new(&self.settings, Tasks::Many)).as_ref().map_err(Clone::clone),
        }
    }
}
