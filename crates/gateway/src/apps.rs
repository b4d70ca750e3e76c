//! The app that a process serves, and the ones before it: an app is exchanged while requests run.
//!
//! Each request is answered by the app that is served when it comes. A call ends on the app that it began on, which is kept until then.

use crate::access::AccessLog;
use crate::app::{Backends, LoadedApp, Progress, Watch, load};
use crate::dispatch::Dispatcher;
use crate::locked::LockedApp;
use crate::neighbours::Inside;
use crate::observing::Observing;
use crate::settings::Settings;
use arc_swap::ArcSwap;
use atoll_capabilities::connections::Connections;
use atoll_capabilities::network::Shared;
use atoll_capabilities::otel;
use atoll_capabilities::outbound_http::{Home, HttpClient};
use atoll_capabilities::rooms::{Providers, ROOMS};
use atoll_engine::call::{Calls, Kept};
use atoll_engine::error::{Problem, Problems};
use atoll_engine::output::Lines;
use atoll_engine::pool::PoolSizes;
use atoll_engine::{Engine, EngineSettings};
use atoll_rules::networks::BlockedNetworks;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Semaphore;

/// What the apps of one process share, one after the other.
pub(crate) struct Workshop {
    /// It goes on counting from app to app.
    pub(crate) observing: Arc<Observing>,
    /// Of the next request: numbers go on from app to app.
    next: Arc<AtomicU64>,
    engine: Mutex<Arc<Equipped>>,
    home: Home,
}

/// An engine with the permits of its calls.
pub(crate) struct Equipped {
    pub(crate) settings: EngineSettings,
    pub(crate) engine: Engine,
    permits: Arc<Semaphore>,
}

impl Equipped {
    pub(crate) fn new(settings: EngineSettings) -> Result<Arc<Self>, Problem> {
        let engine = Engine::with_rooms(&settings, ROOMS)?;
        let permits = Arc::new(Semaphore::new(engine.capacity()));
        Ok(Arc::new(Self { settings, engine, permits }))
    }
}

/// An app that is loaded, and not served yet.
pub struct Next {
    pub(crate) dispatcher: Arc<Dispatcher>,
    equipped: Arc<Equipped>,
}

impl Next {
    pub(crate) fn pool(&self) -> Option<&PoolSizes> {
        self.equipped.engine.pool()
    }
}

impl Workshop {
    /// Load the first app.
    pub(crate) fn open(
        locked: &LockedApp,
        settings: &Settings,
        given: &Providers,
        observing: Arc<Observing>,
        watch: Watch<'_>,
    ) -> Result<(Self, Arc<Dispatcher>), Problems> {
        let equipped = Equipped::new(engine_settings(locked, settings))?;
        Self::open_with(equipped, locked, settings, given, observing, watch)
    }

    /// The same, with an engine that others may have, too.
    pub(crate) fn open_with(
        equipped: Arc<Equipped>,
        locked: &LockedApp,
        settings: &Settings,
        given: &Providers,
        observing: Arc<Observing>,
        watch: Watch<'_>,
    ) -> Result<(Self, Arc<Dispatcher>), Problems> {
        // The worker's index keeps the numbers of two processes apart.
        let next = Arc::new(AtomicU64::new((u64::from(settings.worker) << 48) | 1));
        let workshop = Self { observing, next, engine: Mutex::new(equipped.clone()), home: Home::default() };
        let dispatcher = workshop.build(&equipped, locked, settings, given, watch)?;
        Ok((workshop, dispatcher))
    }

    /// Load another app beside the one that is served, on the same engine where its settings are the same.
    pub(crate) fn load(
        &self,
        locked: &LockedApp,
        settings: &Settings,
        given: &Providers,
        watch: Watch<'_>,
    ) -> Result<Next, Problems> {
        let wanted = engine_settings(locked, settings);
        let current = self.equipped();
        let equipped = if current.settings == wanted { current } else { Equipped::new(wanted)? };
        let dispatcher = self.build(&equipped, locked, settings, given, watch)?;
        Ok(Next { dispatcher, equipped })
    }

    /// Connections of guests live on this runtime from now on, whichever thread asks for them.
    pub(crate) fn live_on(&self, runtime: tokio::runtime::Handle) {
        self.home.name(runtime);
    }

    pub(crate) fn equipped(&self) -> Arc<Equipped> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn build(
        &self,
        equipped: &Equipped,
        locked: &LockedApp,
        settings: &Settings,
        given: &Providers,
        watch: Watch<'_>,
    ) -> Result<Arc<Dispatcher>, Problems> {
        let shared = shared(settings, self.observing.lines(), self.home.clone())?;
        let watch = |progress: &Progress<'_>| {
            self.observing.progressed(progress);
            watch(progress);
        };
        let telemetry = self.observing.telemetry().map(|telemetry| -> Arc<dyn otel::Telemetry> { telemetry });
        let backends = Backends { network: shared, providers: Providers::open(&settings.rooms, given)?, telemetry };
        let app = load(&equipped.engine, &backends, locked, settings, &watch)?;
        if let Some(recordings) = self.observing.recordings() {
            recordings.attend(&app.sandboxes, &locked.components);
        }
        let dispatcher = self.dispatcher(app, equipped, settings);
        let inside: Arc<Inside> = Arc::new(Inside(Arc::downgrade(&dispatcher)));
        // Set once: the network was made above.
        let _ = backends.network.neighbours.set(inside);
        Ok(dispatcher)
    }

    fn dispatcher(&self, app: LoadedApp, equipped: &Equipped, settings: &Settings) -> Arc<Dispatcher> {
        let lines = self.observing.lines();
        let observed = self.observing.of(&app.sandboxes);
        let kept = app.sandboxes.iter().map(|sandbox| Kept::of(sandbox, lines.clone())).collect();
        let observer = self.observing.observer();
        Arc::new(Dispatcher {
            app,
            calls: Calls::new(equipped.permits.clone(), lines, observer, self.next.clone()),
            kept,
            access: AccessLog { format: settings.log.access, logs: self.observing.logs() },
            http: settings.http.clone(),
            observed,
            development: self.observing.development(),
        })
    }
}

/// The app that is served, and those before it that still have calls.
pub(crate) struct Apps {
    current: ArcSwap<Dispatcher>,
    previous: Mutex<Vec<Arc<Dispatcher>>>,
}

impl Apps {
    pub(crate) fn new(first: Arc<Dispatcher>) -> Self {
        Self { current: ArcSwap::new(first), previous: Mutex::default() }
    }

    /// What answers the next request.
    pub(crate) fn current(&self) -> Arc<Dispatcher> {
        self.current.load_full()
    }

    /// From now on requests are answered by `next`.
    pub(crate) fn exchange(&self, next: Next, workshop: &Workshop) {
        *workshop.engine.lock().unwrap_or_else(PoisonError::into_inner) = next.equipped;
        let old = self.current.swap(next.dispatcher);
        self.previous.lock().unwrap_or_else(PoisonError::into_inner).push(old);
    }

    /// How many apps before this one still have calls. Those without are dropped here, on the thread that asks.
    pub(crate) fn previous(&self) -> usize {
        let mut previous = self.previous.lock().unwrap_or_else(PoisonError::into_inner);
        // A request holds the dispatcher until its answer begins; from before that, its report counts.
        let (used, done): (Vec<_>, Vec<_>) =
            previous.drain(..).partition(|app| Arc::strong_count(app) > 1 || app.calls.any_live());
        *previous = used;
        let left = previous.len();
        drop(previous);
        drop(done);
        left
    }
}

pub(crate) fn engine_settings(locked: &LockedApp, settings: &Settings) -> EngineSettings {
    let mut engine = settings.engine.clone();
    engine.features.extend(locked.metadata.atoll.features.iter().cloned());
    engine
}

/// What the components of a process share of the network.
pub fn shared(settings: &Settings, lines: Arc<dyn Lines>, home: Home) -> Result<Arc<Shared>, Problems> {
    let blocked = BlockedNetworks::parse(&settings.outbound.block_networks)
        .map_err(|found| Problems(found.into_iter().map(|problem| crate::app::ruled(problem, "block_networks")).collect()))?;
    let blocked = Arc::new(blocked);
    let connections = Connections::new(settings.outbound.most(settings.workers));
    let client = HttpClient::new(&settings.outbound, blocked.clone(), connections.http(), home)?;
    Ok(Arc::new(Shared { client, blocked, connections, neighbours: OnceLock::new(), lines }))
}
