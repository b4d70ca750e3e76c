//! An app without a listener: its requests come from the program that it runs in, and their answers go back there.
//!
//! Whoever asks runs the call on its own thread for a moment, in which most calls end. What takes longer goes on on a runtime that all
//! such apps of a process share. Bodies flow through channels with little room: who reads slowly slows who writes.

mod answered;
mod asked;

pub use answered::{Call, Head, Part};
pub use asked::{Asked, Feed};

use crate::app::Watch;
use crate::apps::{Equipped, Workshop, engine_settings};
use crate::dispatch::{Client, Dispatcher};
use crate::listener::{Report, report};
use crate::locked::LockedApp;
use crate::logs::Logs;
use crate::observing::Observing;
use crate::settings::Settings;
use atoll_capabilities::rooms::Providers;
use atoll_engine::EngineSettings;
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::output::Lines;
use http::Request;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::Notify;

/// What all such apps of a process share: the runtime, and engines, as far as their settings are the same.
pub struct Household {
    runtime: Runtime,
    engines: Mutex<Vec<Weak<Equipped>>>,
}

impl Household {
    pub fn start() -> Result<Arc<Self>, Problem> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(2, Into::into))
            .thread_name("atoll-inside")
            .enable_all()
            .build()
            .map_err(|error| Problem::new(Code::EngineFailed, format!("the runtime cannot start: {error}")))?;
        Ok(Arc::new(Self { runtime, engines: Mutex::default() }))
    }

    fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Each engine reserves its own pool, and there is not room for many.
    fn engine(&self, settings: EngineSettings) -> Result<Arc<Equipped>, Problem> {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        engines.retain(|engine| engine.strong_count() > 0);
        if let Some(known) = engines.iter().filter_map(Weak::upgrade).find(|engine| engine.settings == settings) {
            return Ok(known);
        }
        let made = Equipped::new(settings)?;
        engines.push(Arc::downgrade(&made));
        Ok(made)
    }
}

/// One app, ready to be asked. Every method may be called from any thread.
pub struct InProcess {
    household: Arc<Household>,
    workshop: Workshop,
    dispatcher: Arc<Dispatcher>,
    logs: Arc<Logs>,
    leaving: Arc<Notify>,
}

impl InProcess {
    /// Compile, link and check everything; all problems at once. Guest output goes to `lines`, or to the logs of the settings.
    pub fn load(
        household: &Arc<Household>,
        locked: &LockedApp,
        settings: &Settings,
        given: &Providers,
        watch: Watch<'_>,
        lines: Option<Arc<dyn Lines>>,
    ) -> Result<Self, Problems> {
        let logs = Logs::start(&settings.log)?;
        let observing = match lines {
            Some(lines) => Observing::with_lines(settings, &logs, lines),
            None => Observing::new(settings, &logs, None)?,
        };
        let equipped = household.engine(engine_settings(locked, settings))?;
        let (workshop, dispatcher) = Workshop::open_with(equipped, locked, settings, given, observing, watch)?;
        workshop.live_on(household.handle().clone());
        Ok(Self { household: household.clone(), workshop, dispatcher, logs, leaving: Arc::default() })
    }

    /// Ask the app: `request` has the path below its mount.
    pub fn ask(&self, request: Request<Asked>, client: Client) -> Call {
        Call::begin(self.dispatcher.clone(), request, client, self.household.handle(), &self.leaving)
    }

    /// Whether no call runs, be its answer sent already or not.
    pub fn is_idle(&self) -> bool {
        Arc::strong_count(&self.dispatcher) == 1 && !self.dispatcher.calls.any_live()
    }

    /// End the calls whose answers are still awaited.
    pub fn leave(&self) {
        self.leaving.notify_waiters();
    }

    /// What observes this app.
    pub fn observing(&self) -> &Observing {
        &self.workshop.observing
    }

    pub fn report(&self) -> Report {
        report(&self.dispatcher, self.workshop.equipped().engine.pool())
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.leave();
        self.logs.finish();
    }
}
