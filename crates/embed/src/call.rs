//! One call of an export: in a sandbox of its own, or in one that is kept.

use crate::instance::{Instance, Request, What};
use crate::library::Library;
use atoll_capabilities::custom::{Fault, Object, Value};
use atoll_engine::error::Code;
use atoll_engine::meter::{Metered, Usage};
use atoll_engine::observe::Failure;
use atoll_engine::state::Look;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use wasmtime::Result;

/// Where a call runs.
#[derive(Clone)]
pub enum Sandboxed {
    /// In a sandbox that begins and ends with it.
    Fresh(Arc<Library>),
    Kept(Arc<Instance>),
}

impl Sandboxed {
    pub fn kept(&self) -> Option<&Arc<Instance>> {
        match self {
            Self::Fresh(_) => None,
            Self::Kept(instance) => Some(instance),
        }
    }

    pub fn library(&self) -> &Arc<Library> {
        match self {
            Self::Fresh(library) => library,
            Self::Kept(instance) => &instance.library,
        }
    }
}

/// Why a call gave nothing.
#[derive(Clone)]
pub struct Ended {
    pub failure: Failure,
    /// What a host function raised.
    pub cause: Option<Object>,
}

impl Ended {
    /// Of a host function that calls the very instance that called it, and waits for it.
    pub fn busy() -> Self {
        let why =
            "the instance is called from one of its own host functions, for which it waits; open another, or call the plugin";
        Self::of(Failure::new(Code::InstanceBusy, why))
    }

    fn forked() -> Self {
        let why = "the plugin was loaded before this process was forked, and belongs to its parent; load it in this process";
        Self::of(Failure::new(Code::ProcessForked, why))
    }

    pub(crate) fn of(failure: Failure) -> Self {
        Self { failure, cause: None }
    }

    pub(crate) fn new(error: &wasmtime::Error, usage: &Usage) -> Self {
        if let Some(Refused(ended)) = error.downcast_ref() {
            return ended.clone();
        }
        let cause = error.downcast_ref::<Fault>().and_then(|fault| fault.cause.clone());
        Self { failure: Failure::of(error, usage), cause }
    }
}

/// What ends a call beside its guest's own doing.
pub(crate) struct Refused(pub(crate) Ended);

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.failure, f)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.failure.fmt(f)
    }
}

impl std::error::Error for Refused {}

type Run<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Something on its way in a sandbox; whoever drops it ends it.
pub struct Running<T> {
    run: Metered<Run<T>>,
    usage: Arc<Usage>,
    library: Arc<Library>,
    /// What the journal knows the instance by.
    pub number: u64,
}

impl<T: Send + 'static> Running<T> {
    fn new(run: Run<T>, usage: Arc<Usage>, library: Arc<Library>, number: u64, now: Instant) -> Self {
        let run = if library.process().is_here() { run } else { Box::pin(ready(Err(Refused(Ended::forked()).into()))) };
        Self { run: Metered::beginning(run, usage.clone(), now), usage, library, number }
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.library.spend(self.usage.cpu());
    }
}

impl<T> Future for Running<T> {
    type Output = std::result::Result<T, Ended>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        Pin::new(&mut this.run).poll(cx).map_err(|error| Ended::new(&error, &this.usage))
    }
}

/// Do what is asked; `caller` is who host functions are told that the guest runs for. A thread that waits for it says by `look` when it
/// would rather not.
pub fn call(sandboxed: Sandboxed, what: What, caller: Option<Object>, look: Option<Arc<dyn Look>>) -> Running<Option<Value>> {
    let now = Instant::now();
    let (usage, deadline) = allowance(sandboxed.library(), now);
    let request = Request { what, caller, look, deadline };
    match sandboxed {
        Sandboxed::Kept(instance) => {
            let (number, library) = (instance.number, instance.library.clone());
            // Where several calls run, their task ends them: it knows what that means for the others.
            let usage = if library.has_tasks { Usage::new(library.sandbox.limits.clone(), None) } else { usage };
            Running::new(Box::pin(instance.call(request, usage.clone())), usage, library, number, now)
        }
        Sandboxed::Fresh(library) => {
            let number = library.process().number();
            Running::new(Box::pin(fresh(library.clone(), request, usage.clone(), number)), usage, library, number, now)
        }
    }
}

/// Open a sandbox that is kept.
pub fn open(library: Arc<Library>) -> Running<Arc<Instance>> {
    let now = Instant::now();
    let (usage, deadline) = allowance(&library, now);
    let number = library.process().number();
    Running::new(Box::pin(Instance::open(library.clone(), usage.clone(), deadline, number)), usage, library, number, now)
}

fn allowance(library: &Library, now: Instant) -> (Arc<Usage>, Instant) {
    let limits = library.sandbox.limits.clone();
    let deadline = now + limits.deadline();
    (Usage::new(limits, Some(deadline)), deadline)
}

async fn fresh(library: Arc<Library>, request: Request, usage: Arc<Usage>, number: u64) -> Result<Option<Value>> {
    let instance = Instance::open(library, usage.clone(), request.deadline, number).await?;
    instance.call(request, usage).await
}
