//! The listener of one process: its address, its thread, its end.

use crate::access::AccessLog;
use crate::app::{LoadedApp, Progress, Watch, load};
use crate::connection::{self, Front};
use crate::dispatch::Dispatcher;
use crate::locked::LockedApp;
use crate::logs::Logs;
use crate::neighbours::Inside;
use crate::observing::Observing;
use crate::protocol::Protocols;
use crate::settings::Settings;
use crate::tls::Tls;
use atoll_capabilities::network::Shared;
use atoll_capabilities::outbound_http::HttpClient;
use atoll_engine::Engine;
use atoll_engine::call::{Calls, Kept};
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::output::Lines;
use atoll_engine::pool::PoolSizes;
use atoll_rules::networks::BlockedNetworks;
use serde::Serialize;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// A little longer than a burst of new connections may be.
const BACKLOG: i32 = 1_024;
/// After a failed accept (no free descriptor, say) the next one waits.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// One app, ready to be served.
pub struct Server {
    dispatcher: Arc<Dispatcher>,
    settings: Settings,
    /// Until the server starts.
    tls: Option<Tls>,
    logs: Arc<Logs>,
    pool: Option<PoolSizes>,
    observing: Arc<Observing>,
    running: Option<Running>,
}

struct Running {
    stop: watch::Sender<bool>,
    /// In a mutex for the sake of `Sync`: only one thread waits.
    ended: Mutex<Receiver<()>>,
    thread: JoinHandle<()>,
}

/// What a process tells of itself.
#[derive(Serialize)]
pub struct Report {
    /// The pool's sizes; null where instances are allocated on demand.
    pub pool: Option<PoolSizes>,
    /// How each component is called.
    pub handlers: BTreeMap<String, atoll_engine::guest::HandlerKind>,
    /// Routes that stand twice; the last one holds.
    pub duplicate_routes: Vec<String>,
}

impl Server {
    /// Compile, link and check everything; all problems at once.
    pub fn load(locked: &LockedApp, settings: Settings, watch: Watch<'_>) -> Result<Self, Problems> {
        let mut engine_settings = settings.engine.clone();
        engine_settings.features.extend(locked.metadata.atoll.features.iter().cloned());
        let engine = Engine::new(&engine_settings)?;
        let logs = Logs::start(&settings.log)?;
        let tls = settings.tls.as_ref().map(Tls::new).transpose()?;
        let observing = Observing::new(&settings.observe, &logs);
        let shared = shared(&settings, observing.lines())?;
        let watch = |progress: &Progress<'_>| {
            observing.progressed(progress);
            watch(progress);
        };
        let app = load(&engine, &shared, locked, &settings, &watch)?;
        let dispatcher = dispatcher(app, &engine, &settings, &logs, &observing);
        let inside: Arc<Inside> = Arc::new(Inside(Arc::downgrade(&dispatcher)));
        // Set once: the network was made above.
        let _ = shared.neighbours.set(inside);
        Ok(Self { dispatcher, settings, tls, logs, pool: engine.pool().cloned(), observing, running: None })
    }

    pub fn report(&self) -> Report {
        let app = &self.dispatcher.app;
        Report {
            pool: self.pool.clone(),
            handlers: app.sandboxes.iter().map(|sandbox| (sandbox.id.to_string(), sandbox.handler.kind())).collect(),
            duplicate_routes: app.duplicates.clone(),
        }
    }

    /// What observes this process: it may be asked from any thread.
    pub fn observing(&self) -> Arc<Observing> {
        self.observing.clone()
    }

    /// Bind, and serve on a thread of its own. The address that was bound.
    pub fn start(&mut self) -> Result<SocketAddr, Problem> {
        let (socket, address) = bind(&self.settings)?;
        let (stop, stopping) = watch::channel(false);
        let (done, ended) = channel();
        let front = Front {
            dispatcher: self.dispatcher.clone(),
            protocols: Protocols::new(&self.settings.http),
            tls: self.tls.take(),
            stopping,
        };
        let (drain, most) = (self.settings.drain(), self.settings.http.max_connections);
        let logs = self.logs.clone();
        let listen_failed = |error: std::io::Error| Problem::new(Code::ListenFailed, format!("the server cannot start: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(listen_failed)?;
        let thread = std::thread::Builder::new()
            .name("atoll-http".into())
            .spawn(move || {
                runtime.block_on(accept(socket, Arc::new(front), &logs, drain, most));
                // Guests that outlived the drain end here, within a bound.
                runtime.shutdown_timeout(Duration::from_millis(100));
                // Nobody listens any more where the process ends.
                let _ = done.send(());
            })
            .map_err(listen_failed)?;
        self.running = Some(Running { stop, ended: Mutex::new(ended), thread });
        Ok(address)
    }

    /// Stop accepting and let calls in flight end, for at most the settings' drain time.
    pub fn stop(&self) {
        if let Some(running) = &self.running {
            running.stop.send_replace(true);
        }
    }

    /// Wait for the listener to end; whether it has.
    pub fn wait(&mut self, timeout: Duration) -> bool {
        let Some(running) = &self.running else { return true };
        let ended = running.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(timeout);
        if let Err(RecvTimeoutError::Timeout) = ended {
            return false;
        }
        if let Some(running) = self.running.take() {
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

/// What the components of a process share of the network.
pub fn shared(settings: &Settings, lines: Arc<dyn Lines>) -> Result<Arc<Shared>, Problems> {
    let blocked = BlockedNetworks::parse(&settings.outbound.block_networks)
        .map_err(|found| Problems(found.into_iter().map(|problem| crate::app::ruled(problem, "block_networks")).collect()))?;
    let blocked = Arc::new(blocked);
    let client = HttpClient::new(&settings.outbound, blocked.clone())?;
    Ok(Arc::new(Shared { client, blocked, neighbours: OnceLock::new(), lines }))
}

fn dispatcher(
    app: LoadedApp,
    engine: &Engine,
    settings: &Settings,
    logs: &Arc<Logs>,
    observing: &Arc<Observing>,
) -> Arc<Dispatcher> {
    let lines = observing.lines();
    let observed = observing.of(&app.sandboxes);
    let kept = app.sandboxes.iter().map(|sandbox| Kept::of(sandbox, lines.clone())).collect();
    // Worker and start time keep the numbers of two processes, and of two runs, apart.
    let first = (u64::from(settings.worker) << 48) | 1;
    Arc::new(Dispatcher {
        app,
        calls: Calls::new(engine.capacity(), lines, observing.observer(), first),
        kept,
        access: AccessLog { format: settings.log.access, logs: logs.clone() },
        http: settings.http.clone(),
        observed,
    })
}

fn bind(settings: &Settings) -> Result<(std::net::TcpListener, SocketAddr), Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        Problem::new(Code::ListenFailed, format!("cannot listen on {}: {error}", settings.listen))
            .hint("choose another address with `--listen`, or let `--find-free-port` choose a port")
            .at("listen", settings.listen.clone())
    };
    let address =
        settings.listen.to_socket_addrs().map_err(|error| failed(&error))?.next().ok_or_else(|| failed(&"no such address"))?;
    let listening = || -> std::io::Result<(std::net::TcpListener, SocketAddr)> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(settings.reuse_port)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener: std::net::TcpListener = socket.into();
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    listening().map_err(|error| failed(&error))
}

async fn accept(socket: std::net::TcpListener, front: Arc<Front>, logs: &Arc<Logs>, drain: Duration, most: usize) {
    let Ok(listener) = TcpListener::from_std(socket) else { return };
    follow_certificate(&front, logs);
    let mut stopping = front.stopping.clone();
    let places = Arc::new(Semaphore::new(most));
    loop {
        // At the limit new connections wait in the kernel's queue.
        let place = tokio::select! {
            biased;
            _ = stopping.changed() => break,
            place = places.clone().acquire_owned() => place,
        };
        let accepted = tokio::select! {
            biased;
            _ = stopping.changed() => break,
            accepted = listener.accept() => accepted,
        };
        match (accepted, place) {
            (Ok((stream, address)), Ok(place)) => {
                let served = connection::serve(front.clone(), stream, address);
                tokio::spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            _ => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    let until = Instant::now() + drain;
    // All places free: every connection has ended.
    let _ = tokio::time::timeout_at(until.into(), places.acquire_many(all)).await;
}

fn follow_certificate(front: &Arc<Front>, logs: &Arc<Logs>) {
    if front.tls.is_none() {
        return;
    }
    let (front, logs) = (front.clone(), logs.clone());
    tokio::spawn(async move {
        if let Some(tls) = &front.tls {
            tls.follow_files(&logs).await;
        }
    });
}
