//! One call from its admission to its answer.

pub mod command;
pub(crate) mod http02;
mod http03;
pub mod library;
mod passing;
mod reuse;
pub mod spin;

use crate::Body;
use crate::admit::Refused;
use crate::aside::Placed;
use crate::limits::Exceeded;
use crate::meter::{Metered, Usage};
use crate::observe::{Failure, Observer};
use crate::output::Lines;
use crate::sandbox::{Handler, Sandbox};
use crate::settle::{Answer, Driver, Report};
use crate::state::State;
use crate::trace::{CallTrace, Current};
use crate::wasi::Call;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;
use std::time::Instant;
use tokio::sync::Semaphore;
use wasmtime::Store;

pub use reuse::Kept;

/// What all calls of a process share.
pub struct Calls {
    /// Bounds the live instances of the process.
    pub permits: Arc<Semaphore>,
    pub lines: Arc<dyn Lines>,
    /// The app's own: every call's report holds it until the call has ended.
    pub observer: Arc<dyn Observer>,
    next: Arc<AtomicU64>,
}

impl Calls {
    /// The apps of one process share `permits`, as far as they share an engine, and always `next`: a request's number is its own.
    pub fn new(permits: Arc<Semaphore>, lines: Arc<dyn Lines>, observer: Arc<dyn Observer>, next: Arc<AtomicU64>) -> Self {
        Self { permits, lines, observer, next }
    }

    /// The number of the next request.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }

    /// Whether the call that asks has the process to itself.
    fn is_only(&self) -> bool {
        Arc::strong_count(&self.observer) == 2
    }

    /// Whether a call is running, be its answer sent already or not.
    pub fn any_live(&self) -> bool {
        Arc::strong_count(&self.observer) > 1
    }
}

/// How many calls inside the app led to a request: an extension of requests that one component sends another.
#[derive(Clone, Copy, Debug)]
pub struct Depth(pub u32);

/// Why there is no answer from the guest.
#[derive(Debug)]
pub enum NoAnswer {
    /// It was not let in; try again later.
    Refused(Refused),
    /// It failed before its response began. The observer knows already.
    Failed(Failure),
}

/// A guest's run, from instantiation to its last instruction.
pub(crate) type Run = std::pin::Pin<Box<dyn Future<Output = wasmtime::Result<Remains>> + Send>>;

/// The store of an instance that has ended well: taking it down can wait until its answer is sent.
pub(crate) type Remains = Option<Store<State>>;

/// Answer one HTTP request in a sandbox of its own.
///
/// The answer's body drives the guest on: whoever drops the body early ends the call.
pub async fn http(
    calls: &Calls,
    sandbox: &Arc<Sandbox>,
    kept: Option<&Kept>,
    request: http::Request<Body>,
    number: u64,
) -> Result<http::Response<Answer>, NoAnswer> {
    let deadline = Instant::now() + sandbox.limits.deadline();
    let permit = sandbox.enter(calls, deadline).await.map_err(NoAnswer::Refused)?;
    let usage = Usage::new(sandbox.limits.clone(), Some(deadline));
    let trace = request.extensions().get::<Arc<CallTrace>>().cloned();
    let tape = sandbox.tape(&request, number);
    let report = Report::new(sandbox.clone(), number, usage.clone(), calls.observer.clone());
    let report = report.traced(trace.clone()).recorded(tape.clone());
    // A recording begins with its instance.
    if let Some(kept) = kept.filter(|_| tape.is_none()) {
        return kept.http(request, deadline, permit, report, trace).await.map_err(NoAnswer::Failed);
    }
    let bodyless = request.method() == http::Method::HEAD;
    let depth = request.extensions().get::<Depth>().map_or(0, |depth| depth.0);
    let call = Call { depth, tape, trace: trace.map(Current::of), ..Call::logged(usage.clone(), calls.lines.clone(), number) };
    let (tx, rx) = futures::channel::oneshot::channel();
    let run: Run = match &sandbox.handler {
        Handler::Http02(_) => Box::pin(http02::run(sandbox.clone(), call, request, tx)),
        Handler::Http03(_) => Box::pin(http03::run(sandbox.clone(), call, request, tx)),
        Handler::SpinHttp(_) => Box::pin(spin::run(sandbox.clone(), call, request, tx)),
        Handler::Command01(_) | Handler::Command02(_) | Handler::Command03(_) | Handler::Library(_) | Handler::Modules(_) => {
            return Err(NoAnswer::Failed(report.fail(Failure::no_response())));
        }
    };
    let mut driver =
        Driver::new(Placed::new(Metered::new(run, usage).sampled(sandbox.sampler()), sandbox.clone(), Some(permit)), report);
    turn().await;
    if calls.is_only() {
        driver.clears_later();
    }
    let answered = crate::settle::respond(driver, rx, bodyless).await.map_err(NoAnswer::Failed);
    turn().await;
    answered
}

/// Let the other connections come as far as this one. So requests that are there together are read, run and answered in steps:
/// each step's code stays in the caches, and a client is woken once for several answers.
pub(crate) async fn turn() {
    let mut taken = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut taken, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Where a run leaves its response.
pub(crate) type ResponseSender = futures::channel::oneshot::Sender<wasmtime::Result<http::Response<Body>>>;
pub(crate) type ResponseReceiver = futures::channel::oneshot::Receiver<wasmtime::Result<http::Response<Body>>>;

/// The failure for a response that grew over its limit.
pub(crate) fn too_large(usage: &Usage) -> Failure {
    usage.exceed(Exceeded::ResponseBytes);
    Failure::exceeded(Exceeded::ResponseBytes, usage)
}
