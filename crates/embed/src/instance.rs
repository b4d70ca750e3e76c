//! One sandbox of a library. The first of its calls that ends badly is its last.

use crate::call::{Ended, Refused};
use crate::library::Library;
use crate::stop::Stop;
use crate::tasks::Tasks;
use crate::turns::Turns;
use atoll_capabilities::custom::{Ask, Object, Value};
use atoll_engine::error::Code;
use atoll_engine::meter::Usage;
use atoll_engine::observe::Failure;
use atoll_engine::state::{Held, Look};
use atoll_engine::wasi;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;
use wasmtime::Result;
use wasmtime::component::ResourceAny;

pub struct Instance {
    pub library: Arc<Library>,
    /// What its entries in the journal are known by.
    pub number: u64,
    inside: Inside,
    /// What flows from it is cut short.
    is_broken: Arc<AtomicBool>,
    /// Why there is nothing inside any more.
    end: Mutex<Option<Ended>>,
    pub(crate) stop: Arc<Stop>,
    /// Resources that nobody holds any more.
    dropped: Mutex<Vec<ResourceAny>>,
    has_dropped: AtomicBool,
}

enum Inside {
    /// One call after the other.
    Turns(Turns),
    /// Several at once, in a task of their own.
    Tasks(Tasks),
}

/// What an instance is asked.
pub enum What {
    /// To call the export of that number.
    Call(usize, Vec<Value>),
    /// Something of a core module, by the name that it has among its library's; that of the main one is empty.
    Ask(String, Ask),
}

/// One call of an instance.
pub(crate) struct Request {
    pub(crate) what: What,
    pub(crate) caller: Option<Object>,
    /// Of a thread that waits for the call, and has nothing else to do.
    pub(crate) look: Option<Arc<dyn Look>>,
    pub(crate) deadline: Instant,
}

impl Instance {
    /// Start a sandbox, under the limits of one call.
    pub(crate) async fn open(library: Arc<Library>, usage: Arc<Usage>, deadline: Instant, number: u64) -> Result<Arc<Self>> {
        let place = library.process.place(deadline).await.ok_or_else(|| Refused(Ended::of(full(library.process.capacity()))))?;
        let call = wasi::Call::logged(usage, library.process.journal().clone(), number);
        let (inside, requests) = if library.has_tasks {
            let (tasks, requests) = Tasks::new();
            (Inside::Tasks(tasks), Some(requests))
        } else {
            (Inside::Turns(Turns::default()), None)
        };
        let instance = Arc::new(Self {
            library,
            number,
            inside,
            is_broken: Arc::default(),
            end: Mutex::default(),
            stop: Arc::default(),
            dropped: Mutex::default(),
            has_dropped: AtomicBool::new(false),
        });
        let opened = instance.library.sandbox.open(call, instance.held(), place).await?;
        match (&instance.inside, requests) {
            (Inside::Turns(turns), _) => turns.begin(opened, instance.library.exports().functions.len()).await,
            (Inside::Tasks(_), Some(requests)) => requests.work(&instance, opened),
            (Inside::Tasks(_), None) => {}
        }
        Ok(instance)
    }

    pub(crate) async fn call(self: Arc<Self>, request: Request, usage: Arc<Usage>) -> Result<Option<Value>> {
        match &self.inside {
            Inside::Turns(turns) => turns.call(&self, request, usage).await,
            Inside::Tasks(tasks) => tasks.call(&self, request).await,
        }
    }

    pub(crate) fn held(self: &Arc<Self>) -> Held {
        let owner: Weak<Self> = Arc::downgrade(self);
        Held::new(owner, self.is_broken.clone(), self.stop.flag())
    }

    /// Nobody holds the resource any more: its destructor runs before the next call.
    pub fn drop_later(&self, resource: ResourceAny) {
        self.dropped().push(resource);
        self.has_dropped.store(true, Release);
    }

    pub(crate) fn take_dropped(&self) -> Vec<ResourceAny> {
        if !self.has_dropped.swap(false, AcqRel) {
            return Vec::new();
        }
        std::mem::take(&mut *self.dropped())
    }

    pub(crate) fn has_dropped(&self) -> bool {
        self.has_dropped.load(Acquire)
    }

    /// Whether a call could begin.
    pub fn is_open(&self) -> bool {
        self.end().is_none()
    }

    /// Whether a call would wait for another one's end.
    pub fn is_busy(&self) -> bool {
        matches!(&self.inside, Inside::Turns(turns) if turns.is_busy())
    }

    /// End what runs, and with it the instance. Whether something ran.
    pub fn interrupt(&self) -> bool {
        let ran = match &self.inside {
            Inside::Turns(turns) => turns.is_busy(),
            Inside::Tasks(tasks) => tasks.is_busy(),
        };
        if ran {
            self.stop.wish();
        }
        ran
    }

    /// End it, at once or once its running calls have ended.
    pub fn close(&self) {
        self.end().get_or_insert_with(|| Ended::of(closed()));
        match &self.inside {
            Inside::Turns(turns) => turns.close(self),
            Inside::Tasks(tasks) => tasks.close(),
        }
    }

    /// A call has ended badly; later ones are told why.
    pub(crate) fn breaks(&self, ended: Ended) {
        self.cut();
        self.end().get_or_insert(ended);
    }

    /// It ends now: what has not come to its end until here never does.
    pub(crate) fn cut(&self) {
        self.is_broken.store(true, Relaxed);
    }

    /// What a call is told that finds nobody there.
    pub(crate) fn refusal(&self) -> Refused {
        let why = self.end().clone();
        Refused(Ended::of(why.map_or_else(gone, |ended| after(&ended.failure))))
    }

    /// What a call is told that was there when it ended.
    pub(crate) fn last_words(&self) -> Refused {
        Refused(self.end().clone().unwrap_or_else(|| Ended::of(gone())))
    }

    fn end(&self) -> MutexGuard<'_, Option<Ended>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dropped(&self) -> MutexGuard<'_, Vec<ResourceAny>> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn after(failure: &Failure) -> Failure {
    match failure.code {
        Code::InstanceEnded => failure.clone(),
        _ => Failure::new(Code::InstanceEnded, format!("the instance has ended: {}", failure.message)),
    }
}

fn gone() -> Failure {
    Failure::new(Code::InstanceEnded, "the instance has ended")
}

pub(crate) fn interrupted() -> Failure {
    Failure::new(Code::InstanceEnded, "the call was interrupted")
}

fn closed() -> Failure {
    Failure::new(Code::InstanceEnded, "the instance was closed")
}

fn full(capacity: usize) -> Failure {
    let why = format!("this process has {capacity} instances at once, and none ended in time");
    Failure::new(Code::LimitConcurrency, format!("{why}; `atoll.configure(max_instances=…)` allows more"))
}
