//! Calls that compute for long leave the thread that answers requests, so that their neighbours need not wait for their turns.
//!
//! A call begins on the thread that read its request: most end there within a millisecond. One that has computed for several
//! slices of time is moved, as it stands, to a thread of its component's own with a low priority; the calls that follow it begin
//! there, until one of them turns out to be short. Components compete through the kernel's scheduler, which is fair between them.

use crate::admit::Permit;
use crate::call::Run;
use crate::meter::{Metered, process_cpu, thread_cpu};
use crate::priority;
use crate::ready::Ended;
use crate::sandbox::Sandbox;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Slices, of about a millisecond each, after which a call is moved.
const LONG: u32 = 5;
/// How many short calls in a row make a component short again.
const MEMORY: u32 = 32;
/// A slice that the process's other threads took so much time from shows that they want the processor.
const TAKEN: Duration = Duration::from_micros(100);
/// How much longer than its last slice the thread then rests.
const REST: u32 = 9;

/// The thread of one component's long calls, made when the first is found.
#[derive(Default)]
pub(crate) struct Aside {
    thread: OnceLock<Option<Thread>>,
    /// Above 0 while calls of this component are taken for long ones.
    long: AtomicU32,
}

struct Thread {
    handle: Handle,
    /// Ends the thread when it is dropped.
    _stop: oneshot::Sender<()>,
}

impl Aside {
    fn expects_long(&self) -> bool {
        self.long.load(Relaxed) > 0
    }

    fn was_long(&self) {
        self.long.store(MEMORY, Relaxed);
    }

    fn was_short(&self) {
        // Lost counts do not matter.
        self.long.store(self.long.load(Relaxed).saturating_sub(1), Relaxed);
    }

    /// None where the system gives no further thread: calls stay where they are.
    fn handle(&self) -> Option<&Handle> {
        self.thread.get_or_init(|| start().ok()).as_ref().map(|thread| &thread.handle)
    }
}

fn start() -> std::io::Result<Thread> {
    // Its guests' timers and sockets are looked at after each slice.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(1).build()?;
    let handle = runtime.handle().clone();
    let (stop, stopped) = oneshot::channel();
    std::thread::Builder::new().name("atoll-long".into()).spawn(move || {
        priority::stand_back();
        // An error says that the sender is gone, which is the sign.
        let _: Result<(), _> = runtime.block_on(stopped);
        runtime.shutdown_background();
    })?;
    Ok(Thread { handle, _stop: stop })
}

/// A call where it runs, until its end.
pub(crate) struct Placed {
    place: Place,
    sandbox: Arc<Sandbox>,
    /// After the place: the instance goes before its permit, so that the pool is never asked for more than it has.
    permit: Option<Permit>,
    begun: bool,
}

enum Place {
    Here(Metered<Run>),
    Aside(Moved),
    Ended,
}

impl Placed {
    pub(crate) fn new(run: Metered<Run>, sandbox: Arc<Sandbox>, permit: Option<Permit>) -> Self {
        Self { place: Place::Here(run), sandbox, permit, begun: false }
    }

    fn is_due(&mut self) -> bool {
        let Place::Here(run) = &self.place else { return false };
        // A command of `atoll run` has no neighbours.
        if self.permit.is_none() {
            return false;
        }
        let expected = self.sandbox.aside.expects_long();
        let first = !std::mem::replace(&mut self.begun, true);
        run.slices() >= LONG || expected && (first || run.slices() > 0)
    }

    fn move_aside(&mut self) {
        let sandbox = self.sandbox.clone();
        let Some(handle) = sandbox.aside.handle() else { return };
        let Place::Here(run) = std::mem::replace(&mut self.place, Place::Ended) else { return };
        let permit = self.permit.take();
        if run.slices() >= LONG {
            sandbox.aside.was_long();
        }
        self.place = Place::Aside(Moved(handle.spawn(ended(run, self.sandbox.clone(), permit))));
    }
}

/// The rest of a call, on its component's own thread.
async fn ended(mut run: Metered<Run>, sandbox: Arc<Sandbox>, permit: Option<Permit>) -> wasmtime::Result<()> {
    let ended = poll_fn(|cx| paced(&mut run, cx)).await;
    if run.slices() < LONG {
        sandbox.aside.was_short();
    }
    drop(run);
    let ended = ended.map(drop);
    drop(permit);
    ended
}

/// Run a slice, and rest after it where neighbours want the processor, too: the kernel alone would let them wait for milliseconds.
///
/// What strangers take, other processes, is no reason to rest: the call would only come later to its limits. Nor is what others
/// take while the call waits, as those who work for it do.
fn paced(run: &mut Metered<Run>, cx: &mut Context<'_>) -> Poll<<Metered<Run> as Future>::Output> {
    let (slices, started, all, used) = (run.slices(), Instant::now(), process_cpu(), thread_cpu());
    let polled = Pin::new(&mut *run).poll(cx);
    if run.slices() == slices {
        return polled;
    }
    std::thread::yield_now();
    let used = thread_cpu().saturating_sub(used);
    let others = process_cpu().saturating_sub(all).saturating_sub(used);
    let taken = started.elapsed().saturating_sub(used).min(others);
    if taken > TAKEN && taken > used / 2 {
        std::thread::sleep(used * REST);
    }
    polled
}

impl Future for Placed {
    type Output = wasmtime::Result<Option<Ended>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.is_due() {
            this.move_aside();
        }
        let ended = match &mut this.place {
            Place::Here(run) => std::task::ready!(Pin::new(run).poll(cx)),
            Place::Aside(moved) => {
                let ended = std::task::ready!(Pin::new(moved).poll(cx));
                this.place = Place::Ended;
                return Poll::Ready(ended.map(|()| None));
            }
            Place::Ended => return Poll::Ready(Ok(None)),
        };
        this.place = Place::Ended;
        let permit = this.permit.take();
        Poll::Ready(ended.map(|remains| remains.zip(permit).map(|(store, permit)| Ended { store, permit })))
    }
}

/// A call that was moved. It ends, at its next slice, where nobody waits for it any more.
struct Moved(JoinHandle<wasmtime::Result<()>>);

impl Future for Moved {
    type Output = wasmtime::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = std::task::ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(joined.unwrap_or_else(|error| Err(wasmtime::Error::msg(format!("the call's thread ended: {error}")))))
    }
}

impl Drop for Moved {
    fn drop(&mut self) {
        self.0.abort();
    }
}
