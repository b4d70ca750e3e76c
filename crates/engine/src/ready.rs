//! Instances that are made before their requests come, and taken down after their answers are sent.
//!
//! A short request that has its worker to itself is answered sooner where another thread does both. Requests that come together gain
//! nothing, and long ones lose: threads of one process that write to fresh pages interrupt each other. Then each call makes and takes
//! down its own, on the thread that answers.
//!
//! An instance that was made in advance is as fresh as any: no request has seen it, and one request takes it. Where the guest asks
//! something of the host at its start, it gets the context of its call, and so is made when its call comes.

use crate::admit::Permit;
use crate::call::spin;
use crate::meter::{Metered, Usage};
use crate::sandbox::{Handler, Sandbox};
use crate::state::State;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::Store;
use wasmtime_wasi_http::{p2, p3};

/// Calls that take more CPU than this do everything themselves.
pub(crate) const SHORT: Duration = Duration::from_micros(200);
/// A start that takes more slices than this is left to its call, which has the limits for it.
const MOST_SLICES: usize = 16;
/// Calls for which the process must have room besides what is made in advance.
const ROOM: usize = 64;

/// An instance before its call.
pub(crate) struct Begun {
    pub(crate) store: Store<State>,
    pub(crate) guest: Guest,
}

/// An instance, by the interface that it answers through.
pub(crate) enum Guest {
    Http02(p2::bindings::Proxy),
    Http03(p3::bindings::Service),
    SpinHttp(spin::Inbound),
}

impl Guest {
    /// Run what a guest runs at its start.
    pub(crate) async fn start(handler: &Handler, store: &mut Store<State>) -> wasmtime::Result<Self> {
        Ok(match handler {
            Handler::Http02(pre) => Self::Http02(pre.instantiate_async(store).await?),
            Handler::Http03(pre) => Self::Http03(pre.instantiate_async(store).await?),
            Handler::SpinHttp(pre) => Self::SpinHttp(pre.instantiate_async(store).await?),
            Handler::Command01(_) | Handler::Command02(_) | Handler::Command03(_) | Handler::Library(_) | Handler::Modules(_) => {
                return Err(wasmtime::Error::msg("not an HTTP handler"));
            }
        })
    }
}

/// One component's instance that waits for its call.
#[derive(Default)]
pub(crate) struct Ready {
    shelf: Mutex<Option<Shelved>>,
    /// Set once the guest has shown that it cannot be started without its call.
    refuses: AtomicBool,
}

/// Counted like a running instance: the pool has no more.
struct Shelved(Begun, #[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl Ready {
    pub(crate) fn take(&self) -> Option<Begun> {
        self.shelf().take().map(|Shelved(begun, _)| begun)
    }

    fn shelf(&self) -> MutexGuard<'_, Option<Shelved>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_wanted(&self) -> bool {
        !self.refuses.load(Relaxed) && self.shelf().is_none()
    }

    fn put(&self, begun: Option<Begun>, place: OwnedSemaphorePermit) {
        match begun {
            Some(begun) => *self.shelf() = Some(Shelved(begun, place)),
            None => self.refuses.store(true, Relaxed),
        }
    }
}

/// An instance whose call has ended, and its place.
pub(crate) struct Ended {
    pub(crate) store: Store<State>,
    pub(crate) permit: Permit,
}

/// The thread that takes instances down and makes the next ones; it starts with the first.
#[derive(Default)]
pub(crate) struct Housekeeper(OnceLock<Option<mpsc::Sender<Chore>>>);

type Chore = (Ended, Arc<Sandbox>);

impl Housekeeper {
    /// Where the system gives no further thread, it is done here.
    pub(crate) fn clear(&self, ended: Ended, sandbox: Arc<Sandbox>) {
        if let Some(thread) = self.0.get_or_init(|| start().ok()) {
            // What a thread that is gone does not take is dropped here, too.
            let _ = thread.send((ended, sandbox));
        }
    }
}

fn start() -> std::io::Result<mpsc::Sender<Chore>> {
    let (sender, chores) = mpsc::channel::<Chore>();
    std::thread::Builder::new().name("atoll-ready".into()).spawn(move || {
        for (Ended { store, permit }, sandbox) in chores {
            drop(store);
            sandbox.prepare(permit.into_process());
        }
    })?;
    Ok(sender)
}

impl Sandbox {
    /// Make an instance in advance, unless there is one.
    fn prepare(&self, place: OwnedSemaphorePermit) {
        if self.ready.is_wanted() && self.grants_no_files() && place.semaphore().available_permits() >= ROOM {
            self.ready.put(self.begun(), place);
        }
    }

    fn begun(&self) -> Option<Begun> {
        let asked = Arc::<AtomicBool>::default();
        let usage = Usage::new(self.limits.clone(), None);
        let mut store = self.store_in_advance(usage.clone(), asked.clone());
        let guest = {
            let start = Box::pin(Guest::start(&self.handler, &mut store));
            now(Metered::new(start, usage))?.ok()?
        };
        store.data_mut().rests();
        (!asked.load(Relaxed)).then_some(Begun { store, guest })
    }
}

/// The result of what waits for nothing but its next slice.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    (0..MOST_SLICES).find_map(|_| match future.as_mut().poll(&mut cx) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    })
}
