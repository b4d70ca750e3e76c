//! One library, loaded: compiled, linked with what it was granted, its exports known.

use crate::process::Process;
use atoll_capabilities::custom::{self, Exports};
use atoll_capabilities::rooms::{self, Providers, RoomSettings};
use atoll_engine::compile::Wanted;
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::sandbox::{Handler, Purpose};
use atoll_engine::Sandbox;
use atoll_gateway::app::{Backends, sandbox_settings};
use atoll_gateway::locked::Component;
use serde::Deserialize;
use std::sync::Arc;

/// What is said of a library beside its code.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// As in a locked app; its source is not looked at.
    pub component: Component,
    /// Where in its files the guest may write.
    #[serde(default)]
    pub writable: Vec<String>,
    #[serde(default)]
    pub rooms: RoomSettings,
}

pub struct Library {
    pub(crate) process: Arc<Process>,
    pub(crate) sandbox: Arc<Sandbox>,
    exports: Exports,
    /// Whether its instances have several calls at once.
    pub(crate) has_tasks: bool,
    /// Whether its code came from the cache.
    pub cached: bool,
}

impl Library {
    /// Compile and link `wasm`, binary or text; `given` are the objects of Python. All problems at once.
    pub fn load(process: &Arc<Process>, wasm: &[u8], document: &Document, given: &Providers) -> Result<Arc<Self>, Problems> {
        let component = &document.component;
        let compiled = process.engine.compile(wasm, &Wanted::default())?;
        let backends = Backends {
            network: process.network.clone(),
            providers: Providers::open(&document.rooms, given)?,
            telemetry: None,
        };
        let mut settings = sandbox_settings(component, Purpose::Library, &[], &backends, &process.settings)?;
        for mount in &mut settings.grants.mounts {
            mount.writable = document.writable.contains(&mount.guest);
        }
        let granted = settings.grants.rooms.clone();
        let (cached, has_tasks) = (compiled.cached, compiled.has_tasks());
        let sandbox = Arc::new(process.engine.load(&compiled, settings)?);
        let (Handler::Library(pre), Some(granted)) = (&sandbox.handler, granted) else {
            return Err(Problem::new(Code::EngineFailed, "the library was loaded as something else").into());
        };
        let nothing = custom::Granted::default();
        let granted = granted.downcast_ref::<rooms::Granted>().map_or(&nothing, |granted| &granted.custom);
        let exports = custom::exports(pre.engine(), pre.component(), granted);
        Ok(Arc::new(Self { process: process.clone(), sandbox, exports, has_tasks, cached }))
    }

    pub fn exports(&self) -> &Exports {
        &self.exports
    }

    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }
}
