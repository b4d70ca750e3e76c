//! One library, loaded: compiled, linked with what it was granted, its exports known.

use crate::descriptors::Descriptors;
use crate::process::Process;
use atoll_capabilities::custom::{self, Exports, module_exports};
use atoll_capabilities::rooms::{self, Providers, RoomSettings};
use atoll_engine::Sandbox;
use atoll_engine::compile::Wanted;
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::guest::not_a_library;
use atoll_engine::sandbox::{Handler, Purpose};
use atoll_gateway::app::{Backends, sandbox_settings};
use atoll_gateway::locked::Component;
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What is said of a library beside its code.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// As in a locked app; its source is not looked at.
    pub component: Component,
    /// Where in its files the guest may write.
    #[serde(default)]
    pub writable: Vec<String>,
    /// A module that can only be started is a library, too.
    #[serde(default)]
    pub command: bool,
    /// What a call may execute; none does not count.
    #[serde(default)]
    pub fuel: Option<u64>,
    #[serde(default)]
    pub rooms: RoomSettings,
}

pub struct Library {
    pub(crate) process: Arc<Process>,
    pub(crate) sandbox: Arc<Sandbox>,
    exports: Exports,
    /// Whether its instances have several calls at once.
    pub(crate) has_tasks: bool,
    /// Whether it imports nothing.
    pub(crate) asks_nothing: bool,
    /// Nanoseconds of CPU of all its calls that have ended, and how many there were.
    spent: AtomicU64,
    calls: AtomicU64,
    /// Whether its code came from the cache.
    pub cached: bool,
    _descriptors: Descriptors,
}

/// Whether it can only be started: `main` is there for `_start`.
fn is_command(exports: &Exports) -> bool {
    let names = || exports.functions.iter().map(|export| export.name.as_str());
    names().any(|name| name == "_start") && names().all(|name| name == "_start" || name.starts_with("__main_"))
}

impl Library {
    /// Compile and link `wasm`, binary or text; `given` are the objects of Python. A core module may come with those that it imports
    /// from, by name, in the order in which they start. All problems at once.
    pub fn load(
        process: &Arc<Process>,
        wasm: &[u8],
        beside: &[(String, Vec<u8>)],
        document: &Document,
        given: &Providers,
    ) -> Result<Arc<Self>, Problems> {
        let component = &document.component;
        let descriptors = Descriptors::hold(1 + beside.len() as u64);
        let wanted = Wanted { library: true, ..Wanted::default() };
        let engine = process.engine(document.fuel.is_some())?;
        let compiled = engine.compile(wasm, &wanted)?;
        let beside = beside.iter().map(|(name, wasm)| Ok((name.clone(), engine.compile(wasm, &wanted)?)));
        let beside = beside.collect::<Result<Vec<_>, Problem>>()?;
        let backends =
            Backends { network: process.network.clone(), providers: Providers::open(&document.rooms, given)?, telemetry: None };
        let mut settings = sandbox_settings(component, Purpose::Library, &[], &backends, &process.settings)?;
        settings.limits.fuel = document.fuel;
        for mount in &mut settings.grants.mounts {
            mount.writable = document.writable.contains(&mount.guest);
        }
        let granted = settings.grants.rooms.clone();
        let (cached, has_tasks) = (compiled.cached, compiled.has_tasks());
        let asks_nothing = compiled.imports_nothing();
        let sandbox = Arc::new(engine.load_with(&compiled, &beside, settings)?);
        let exports = match &sandbox.handler {
            Handler::Library(pre) => {
                let nothing = custom::Granted::default();
                let granted = granted.as_deref().and_then(|granted| granted.downcast_ref::<rooms::Granted>());
                custom::exports(pre.engine(), pre.component(), granted.map_or(&nothing, |granted| &granted.custom))
            }
            Handler::Modules(modules) => {
                let exports = module_exports(&modules.main);
                if !document.command && is_command(&exports) {
                    return Err(not_a_library().into());
                }
                exports
            }
            _ => return Err(Problem::new(Code::EngineFailed, "the library was loaded as something else").into()),
        };
        Ok(Arc::new(Self {
            process: process.clone(),
            sandbox,
            exports,
            has_tasks,
            asks_nothing,
            spent: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            cached,
            _descriptors: descriptors,
        }))
    }

    pub fn exports(&self) -> &Exports {
        &self.exports
    }

    /// A call has ended.
    pub(crate) fn spend(&self, cpu: Duration) {
        self.spend_in_tasks(cpu);
        self.calls.fetch_add(1, Relaxed);
    }

    /// An instance has ended whose calls were polled together.
    pub(crate) fn spend_in_tasks(&self, cpu: Duration) {
        self.spent.fetch_add(u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// CPU time of all its calls that have ended, and how many there were.
    pub fn spent(&self) -> (Duration, u64) {
        (Duration::from_nanos(self.spent.load(Relaxed)), self.calls.load(Relaxed))
    }

    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }
}
