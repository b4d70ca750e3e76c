//! What all libraries of a process share: the engine, the runtime that guests wait on, the network, the journal.

use crate::journal::Journal;
use atoll_capabilities::network::Shared;
use atoll_capabilities::outbound_http::Home;
use atoll_capabilities::rooms::ROOMS;
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::forks::forks;
use atoll_engine::{Engine, EngineSettings};
use atoll_gateway::apps::shared;
use atoll_gateway::settings::Settings;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is left of a call's time when it is told that there was no place for it.
const LEFT: Duration = Duration::from_millis(5);

pub struct Process {
    engine: Engine,
    /// For guests whose fuel is counted, made with the first of them.
    counting: OnceLock<Result<Engine, Problem>>,
    pub(crate) settings: Settings,
    pub(crate) network: Arc<Shared>,
    /// Bounds the live instances.
    permits: Arc<Semaphore>,
    journal: Arc<Journal>,
    next: AtomicU64,
    /// The forks before it began.
    forks: u32,
    runtime: Runtime,
}

impl Process {
    pub fn start(settings: Settings) -> Result<Arc<Self>, Problems> {
        let engine = Engine::with_rooms(&settings.engine, ROOMS)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(2, Into::into))
            .thread_name("atoll-calls")
            .enable_all()
            .build()
            .map_err(|error| Problem::new(Code::EngineFailed, format!("the runtime cannot start: {error}")))?;
        let journal = Arc::<Journal>::default();
        let home = Home::default();
        home.name(runtime.handle().clone());
        let network = shared(&settings, journal.clone(), home)?;
        let permits = Arc::new(Semaphore::new(engine.capacity()));
        Ok(Arc::new(Self {
            engine,
            settings,
            network,
            permits,
            counting: OnceLock::new(),
            journal,
            next: AtomicU64::new(1),
            forks: forks(),
            runtime,
        }))
    }

    /// Whether this is the process that began it, and no child of that.
    pub fn is_here(&self) -> bool {
        self.forks == forks()
    }

    /// What compiles and runs guests whose fuel is `counted`, or not.
    pub(crate) fn engine(&self, counted: bool) -> Result<&Engine, Problem> {
        if !counted {
            return Ok(&self.engine);
        }
        let settings = EngineSettings { fuel: true, ..self.settings.engine.clone() };
        self.counting.get_or_init(|| Engine::with_rooms(&settings, ROOMS)).as_ref().map_err(Clone::clone)
    }

    /// Where calls that wait for something are woken, and those go on that nobody polls.
    pub fn runtime(&self) -> &Handle {
        self.runtime.handle()
    }

    /// What guests wrote.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// How many instances there can be at the same time.
    pub(crate) fn capacity(&self) -> usize {
        self.engine.capacity()
    }

    /// A place for one instance, at once or when one is given up.
    pub(crate) async fn place(&self, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.permits.clone().try_acquire_owned() {
            return Some(place);
        }
        // A little earlier than the call itself, which would not say what it waited for.
        let until = deadline.checked_sub(LEFT).unwrap_or(deadline);
        tokio::time::timeout_at(until.into(), self.permits.clone().acquire_owned()).await.ok()?.ok()
    }

    /// The number of the next instance.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }
}
