//! An instance that has several calls at once: a task of its own polls them all, and what flows between them and the world.

use crate::call::{Ended, Refused};
use crate::counted::Counted;
use crate::instance::{Instance, Request, What, interrupted};
use crate::library::Library;
use atoll_capabilities::custom::{Value, call_concurrent, drop_resource};
use atoll_engine::State;
use atoll_engine::call::library::{Clock, Opened};
use atoll_engine::limits::Exceeded;
use atoll_engine::meter::{Metered, Usage};
use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use wasmtime::component::{Accessor, Instance as Guest, ResourceAny};
use wasmtime::{AsContextMut, Error, Result};

/// The way to the task. It ends when this is gone, and all calls have ended.
pub(crate) struct Tasks {
    sender: Mutex<Option<UnboundedSender<Asked>>>,
    /// Calls that somebody waits for.
    calls: Arc<AtomicUsize>,
}

/// Where the task finds its calls.
pub(crate) struct Requests(UnboundedReceiver<Asked>);

type Answer = oneshot::Sender<Result<Option<Value>>>;

struct Asked {
    request: Request,
    answer: Answer,
    /// Ends when whoever asked is gone.
    present: oneshot::Receiver<Infallible>,
}

/// Who waits for which call. They are let go once it is known why the task has ended, not while it ends.
#[derive(Default)]
struct Waiting(Mutex<HashMap<u64, Answer>>);

impl Waiting {
    fn put(&self, number: u64, answer: Answer) {
        self.all().insert(number, answer);
    }

    fn answer(&self, number: u64, value: Option<Value>) {
        if let Some(answer) = self.all().remove(&number) {
            // Whoever asked may be gone.
            let _ = answer.send(Ok(value));
        }
    }

    fn is_awaited(&self, number: u64) -> bool {
        self.all().get(&number).is_some_and(|answer| !answer.is_closed())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tasks {
    pub(crate) fn new() -> (Self, Requests) {
        let (sender, receiver) = unbounded_channel();
        (Self { sender: Mutex::new(Some(sender)), calls: Arc::default() }, Requests(receiver))
    }

    pub(crate) fn close(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.calls.load(Relaxed) > 0
    }

    pub(crate) async fn call(&self, instance: &Instance, request: Request) -> Result<Option<Value>> {
        let _counted = Counted::new(&self.calls);
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, answered) = oneshot::channel();
        let (_here, present) = oneshot::channel();
        let is_sent = sender.is_some_and(|sender| sender.send(Asked { request, answer, present }).is_ok());
        if !is_sent {
            return Err(instance.refusal().into());
        }
        answered.await.unwrap_or_else(|_| Err(instance.last_words().into()))
    }
}

impl Requests {
    /// Answer until nobody can ask any more.
    pub(crate) fn work(self, instance: &Arc<Instance>, mut opened: Opened) {
        let usage = Usage::shared(instance.library.sandbox.limits.clone());
        opened.share(usage.clone());
        let waiting = Arc::<Waiting>::default();
        let worker = Worker { library: instance.library.clone(), usage: usage.clone(), waiting: waiting.clone() };
        let running: Pin<Box<dyn Future<Output = Result<()>> + Send>> =
            Box::pin(worker.run(opened, self.0, Arc::downgrade(instance)));
        let running = Metered::new(running, usage.clone());
        let (library, stop) = (instance.library.clone(), instance.stop.clone());
        let instance = Arc::downgrade(instance);
        let runtime = library.process.runtime().clone();
        let task = async move {
            let mut running = running;
            let ended = match select(&mut running, pin!(stop.wished())).await {
                Either::Left((ended, _)) => ended,
                Either::Right(_) => Err(Refused(Ended::of(interrupted())).into()),
            };
            library.spend_in_tasks(usage.cpu());
            if let (Err(error), Some(instance)) = (ended, instance.upgrade()) {
                instance.breaks(Ended::new(&error, &usage));
            }
            // Whoever waits hears of an end whose reason is known.
            drop(running);
            drop(waiting);
        };
        runtime.spawn(task);
    }
}

struct Worker {
    library: Arc<Library>,
    usage: Arc<Usage>,
    waiting: Arc<Waiting>,
}

impl Worker {
    async fn run(self, mut opened: Opened, asked: UnboundedReceiver<Asked>, instance: Weak<Instance>) -> Result<()> {
        let ended = self.rounds(&mut opened, asked, &instance).await;
        // Whatever still flows ends with the store.
        if let Some(instance) = instance.upgrade() {
            instance.cut();
        }
        ended
    }

    async fn rounds(&self, opened: &mut Opened, mut asked: UnboundedReceiver<Asked>, instance: &Weak<Instance>) -> Result<()> {
        loop {
            let guest = opened.component.ok_or_else(|| Error::msg("not a component"))?;
            let clock = opened.clock.clone();
            let is_over =
                opened.store.run_concurrent(async |accessor| self.serve(accessor, guest, &clock, &mut asked, instance).await);
            let is_over = is_over.await??;
            // A destructor has the store to itself.
            for resource in dropped(instance) {
                drop_resource(&mut opened.store, resource).await?;
            }
            if is_over {
                return Ok(());
            }
        }
    }

    /// Answer calls until there is something else to do, or nobody can ask any more.
    async fn serve(
        &self,
        accessor: &Accessor<State>,
        guest: Guest,
        clock: &Clock,
        asked: &mut UnboundedReceiver<Asked>,
        instance: &Weak<Instance>,
    ) -> Result<bool> {
        let mut running = FuturesUnordered::new();
        let mut present = FuturesUnordered::new();
        let (mut number, mut is_closed) = (0, false);
        loop {
            // What nobody waits for any more goes on only as long as somebody could ask for something else.
            if is_closed && present.is_empty() {
                return Ok(true);
            }
            if running.is_empty() {
                accessor.with(|mut access| clock.start(access.as_context_mut().data_mut()));
            }
            let next = tokio::select! {
                biased;
                Some(ended) = running.next(), if !running.is_empty() => {
                    let (number, value): (u64, Result<Option<Value>>) = ended;
                    self.waiting.answer(number, value?);
                    None
                }
                Some(_) = present.next(), if !present.is_empty() => None,
                next = asked.recv(), if !is_closed => {
                    is_closed = next.is_none();
                    next
                }
            };
            if let Some(Asked { request, answer, present: here }) = next {
                present.push(here);
                number += 1;
                self.waiting.put(number, answer);
                self.usage.join(running.len() as u64 + 1);
                let one = number;
                running.push(async move { (one, self.answered(accessor, guest, one, request).await) });
            }
            if running.is_empty() && instance.upgrade().is_some_and(|instance| instance.has_dropped()) {
                return Ok(false);
            }
        }
    }

    async fn answered(&self, accessor: &Accessor<State>, guest: Guest, number: u64, request: Request) -> Result<Option<Value>> {
        let Request { what, caller, deadline, .. } = request;
        let What::Call(export, arguments) = what else { return Err(Error::msg("not a core module")) };
        let exports = self.library.exports();
        let function = exports.function(export)?;
        let missing = || Error::msg("the instance has no such export");
        let index = exports.functions[export].index.as_ref().ok_or_else(missing)?;
        let func = accessor.with(|access| guest.get_func(access, index)).ok_or_else(missing)?;
        let mut called = pin!(call_concurrent(accessor, func, function, arguments, caller));
        match tokio::time::timeout_at(deadline.into(), &mut called).await {
            Ok(value) => value,
            // It was cancelled: the others shall not suffer for what goes on in the guest.
            Err(_) if !self.waiting.is_awaited(number) => called.await,
            // The guest cannot be made to stop one of its calls.
            Err(_) => {
                self.usage.exceed(Exceeded::Deadline);
                Err(Error::msg("deadline passed"))
            }
        }
    }
}

fn dropped(instance: &Weak<Instance>) -> Vec<ResourceAny> {
    instance.upgrade().map(|instance| instance.take_dropped()).unwrap_or_default()
}
