//! The server of one process: its apps, its listener, its thread, its end.

use crate::accept::{accept, bind};
use crate::app::Watch;
use crate::apps::{Apps, Next, Workshop};
use crate::connection::Front;
use crate::development::Pages;
use crate::locked::LockedApp;
use crate::logs::Logs;
use crate::observing::Observing;
use crate::protocol::Protocols;
use crate::settings::Settings;
use crate::tls::Tls;
use crate::vigil::Vigil;
use atoll_capabilities::rooms::Providers;
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::pool::PoolSizes;
use atoll_engine::priority::answer_quickly;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// One app at a time, ready to be served. Every method may be called from any thread.
pub struct Server {
    apps: Arc<Apps>,
    workshop: Workshop,
    settings: Settings,
    /// Until the server starts.
    tls: Mutex<Option<Tls>>,
    logs: Arc<Logs>,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: watch::Sender<bool>,
    ended: Arc<Mutex<Receiver<()>>>,
    thread: JoinHandle<()>,
}

/// What a process tells of an app.
#[derive(Serialize)]
pub struct Report {
    /// The pool's sizes; null where instances are allocated on demand.
    pub pool: Option<PoolSizes>,
    /// How each component is called.
    pub handlers: BTreeMap<String, Option<atoll_engine::guest::HandlerKind>>,
    /// Routes that stand twice; the last one holds.
    pub duplicate_routes: Vec<String>,
}

impl Server {
    /// Compile, link and check everything; all problems at once. `pages` are for whoever develops the app.
    pub fn load(
        locked: &LockedApp,
        settings: Settings,
        given: &Providers,
        pages: Option<Arc<dyn Pages>>,
        watch: Watch<'_>,
    ) -> Result<Self, Problems> {
        let logs = Logs::start(&settings.log)?;
        let tls = settings.tls.as_ref().map(Tls::new).transpose()?;
        let observing = Observing::new(&settings, &logs, pages)?;
        let (workshop, first) = Workshop::open(locked, &settings, given, observing, watch)?;
        let apps = Arc::new(Apps::new(first));
        Ok(Self { apps, workshop, settings, tls: Mutex::new(tls), logs, running: Mutex::default() })
    }

    /// Load another app beside the one that is served. Of its settings, those of listener and logs have no effect.
    pub fn load_next(
        &self,
        locked: &LockedApp,
        settings: &Settings,
        given: &Providers,
        watch: Watch<'_>,
    ) -> Result<Next, Problems> {
        self.workshop.load(locked, settings, given, watch)
    }

    /// Answer all requests from now on with `next`; those that run end on the app that they began on.
    pub fn exchange(&self, next: Next) {
        self.apps.exchange(next, &self.workshop);
    }

    /// How many earlier apps still have calls that run. The others are dropped.
    pub fn previous(&self) -> usize {
        self.apps.previous()
    }

    /// What observes this process.
    pub fn observing(&self) -> &Observing {
        &self.workshop.observing
    }

    pub fn report(&self) -> Report {
        report(&self.apps.current(), self.workshop.equipped().engine.pool())
    }

    /// Listen, and serve on a thread of its own. The address, as `host:port` or `unix:path`.
    pub fn start(&self) -> Result<String, Problem> {
        let (socket, address) = bind(&self.settings)?;
        let (stop, stopping) = watch::channel(false);
        let (done, ended) = channel();
        let front = Front {
            apps: self.apps.clone(),
            observing: self.workshop.observing.clone(),
            protocols: Protocols::new(&self.settings.http),
            tls: lock(&self.tls).take(),
            proxied: self.settings.proxy_protocol,
            compress: self.settings.compress,
            vigil: Arc::new(Vigil::new(self.settings.http.busy_poll())),
            stopping,
        };
        let (drain, most) = (self.settings.drain(), self.settings.http.max_connections);
        let logs = self.logs.clone();
        let listen_failed = |error: std::io::Error| Problem::new(Code::ListenFailed, format!("the server cannot start: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(listen_failed)?;
        self.workshop.live_on(runtime.handle().clone());
        let thread = std::thread::Builder::new()
            .name("atoll-http".into())
            .spawn(move || {
                answer_quickly();
                runtime.block_on(accept(socket, Arc::new(front), &logs, drain, most));
                // Guests that outlived the drain end here, within a bound.
                runtime.shutdown_timeout(Duration::from_millis(100));
                // Nobody listens any more where the process ends.
                let _ = done.send(());
            })
            .map_err(listen_failed)?;
        *lock(&self.running) = Some(Running { stop, ended: Arc::new(Mutex::new(ended)), thread });
        Ok(address)
    }

    /// Stop accepting and let calls in flight end, for at most the settings' drain time.
    pub fn stop(&self) {
        if let Some(running) = &*lock(&self.running) {
            running.stop.send_replace(true);
        }
    }

    /// Wait for the listener to end; whether it has.
    pub fn wait(&self, timeout: Duration) -> bool {
        // Whoever stops the server must not wait for those who wait for its end.
        let Some(ended) = lock(&self.running).as_ref().map(|running| running.ended.clone()) else { return true };
        if let Err(RecvTimeoutError::Timeout) = lock(&ended).recv_timeout(timeout) {
            return false;
        }
        if let Some(running) = lock(&self.running).take() {
            // A panic of the thread was printed already.
            let _ = running.thread.join();
        }
        self.logs.finish();
        true
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        self.logs.finish();
    }
}

impl Next {
    pub fn report(&self) -> Report {
        report(&self.dispatcher, self.pool())
    }
}

pub(crate) fn report(dispatcher: &crate::dispatch::Dispatcher, pool: Option<&PoolSizes>) -> Report {
    let app = &dispatcher.app;
    Report {
        pool: pool.cloned(),
        handlers: app.sandboxes.iter().map(|sandbox| (sandbox.id.to_string(), sandbox.handler.kind())).collect(),
        duplicate_routes: app.duplicates.clone(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
