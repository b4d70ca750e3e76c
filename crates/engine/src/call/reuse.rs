//! Instances that serve more than one request, where their component asks for it.

use crate::Body;
use crate::admit::Permit;
use crate::counters::Counters;
use crate::limits::{Exceeded, Reuse};
use crate::meter::Usage;
use crate::observe::Failure;
use crate::output::Lines;
use crate::sandbox::{Handler, Sandbox};
use crate::settle::{Answer, Fate, Report};
use crate::state::State;
use crate::trace::{CallTrace, Current};
use crate::wasi::Call;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, Proxy, ProxyHandler, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

/// The kept instances of one component.
pub struct Kept(ProxyHandler<Instances>);

impl Kept {
    /// None where the component does not ask for reuse, or answers in a way that does not allow it.
    pub fn of(sandbox: &Arc<Sandbox>, lines: Arc<dyn Lines>) -> Option<Self> {
        let reusable = matches!(sandbox.handler, Handler::Http02(_) | Handler::Http03(_));
        (reusable && !sandbox.reuse.is_off()).then(|| Self(ProxyHandler::new(Instances { sandbox: sandbox.clone(), lines })))
    }

    pub(super) async fn http(
        &self,
        request: http::Request<Body>,
        deadline: Instant,
        permit: Permit,
        report: Report,
        trace: Option<Arc<CallTrace>>,
    ) -> Result<http::Response<Answer>, Failure> {
        let seat = Seat { deadline, trace, worker: Arc::new(OnceLock::new()) };
        let worker = seat.worker.clone();
        match self.0.handle(seat, request).await {
            Ok(response) => {
                let fate = worker.get().map(|worker| worker.fate.clone()).unwrap_or_default();
                let (head, body) = response.into_parts();
                Ok(http::Response::from_parts(head, Answer::kept(body, fate, permit, report)))
            }
            Err(error) => {
                let usage = worker.get().map_or(report.usage(), |worker| &worker.usage).clone();
                let failure = failure(&error, &usage, worker.get().and_then(|worker| worker.failure.get()));
                Err(report.fail(failure))
            }
        }
    }
}

fn failure(error: &wasmtime::Error, usage: &Usage, known: Option<&Failure>) -> Failure {
    if error.downcast_ref::<ExpirationError>().is_some() {
        return Failure::exceeded(Exceeded::Deadline, usage);
    }
    match known {
        Some(failure) => failure.clone(),
        None => Failure::of(error, usage),
    }
}

/// What a request leaves with the worker that takes it.
struct Seat {
    deadline: Instant,
    trace: Option<Arc<CallTrace>>,
    worker: Arc<OnceLock<Arc<Worker>>>,
}

/// What the requests of one instance share.
struct Worker {
    usage: Arc<Usage>,
    fate: Arc<Fate>,
    failure: OnceLock<Failure>,
}

struct Instances {
    sandbox: Arc<Sandbox>,
    lines: Arc<dyn Lines>,
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Workplace;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Workplace>> {
        let usage = Usage::new(self.sandbox.limits.clone(), None);
        let reuse = self.sandbox.reuse.clone();
        // Where an instance answers several requests at once, nobody knows on whose behalf it asks others.
        let alone = reuse.concurrency <= 1 || matches!(self.sandbox.handler, Handler::Http02(_));
        let trace = alone.then(Current::default);
        let mut store = self.sandbox.store(Call { trace, ..Call::logged(usage.clone(), self.lines.clone(), 0) })?;
        let proxy = match &self.sandbox.handler {
            Handler::Http02(pre) => Proxy::P2(pre.instantiate_async(&mut store).await?),
            Handler::Http03(pre) => Proxy::P3(pre.instantiate_async(&mut store).await?),
            _ => return Err(wasmtime::Error::msg("this handler cannot be reused")),
        };
        let expiration = Expiration {
            idle: Duration::from_millis(reuse.idle_ms),
            busy: self.sandbox.limits.deadline(),
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
        };
        let is_p2 = matches!(proxy, Proxy::P2(_));
        let worker = Arc::new(Worker { usage, fate: Arc::default(), failure: OnceLock::new() });
        let state = Workplace { reuse, is_p2, worker, counters: self.sandbox.counters().cloned() };
        Ok(Instance { store, proxy, view: <State as WasiHttpView>::http, expiration, state })
    }
}

struct Workplace {
    reuse: Reuse,
    is_p2: bool,
    worker: Arc<Worker>,
    counters: Option<Arc<Counters>>,
}

impl WorkerState for Workplace {
    type StoreData = State;
    type RequestData = Seat;

    fn should_accept_request(&self, running: usize, total: usize) -> ShouldAccept {
        let most = if self.is_p2 { 1 } else { self.reuse.concurrency as usize };
        if total >= self.reuse.max_requests as usize {
            ShouldAccept::Never
        } else if running >= most {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        store: StoreContextMut<'_, State>,
        seat: Seat,
        _task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        store.data().usage().extend();
        if let Some(current) = &store.data().trace {
            current.set(seat.trace);
        }
        // A seat is taken once.
        let _ = seat.worker.set(self.worker.clone());
        Box::pin(tokio::time::sleep_until(seat.deadline.into()))
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        if let Some(counters) = &self.counters {
            counters.peak_memory(self.worker.usage.peak_memory());
        }
        if let Err(error) = result {
            let _ = self.worker.failure.set(Failure::of(&error, &self.worker.usage));
            // Before the store goes, so that no open body can end as if it were whole.
            self.worker.fate.trapped();
        }
        drop(store);
    }
}

/// Ends an instance that idles too long, or whose request outlasts its deadline.
struct Expiration {
    idle: Duration,
    busy: Duration,
    timer: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        let time = match status {
            WorkerStatus::Idle => self.idle,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.busy,
        };
        let until = (start + time).into();
        if self.timer.deadline() != until {
            self.timer.as_mut().reset(until);
        }
        self.timer.as_mut().poll(cx)
    }
}
