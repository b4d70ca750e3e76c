//! What the store of one call holds: the WASI contexts, the resource table, the meter.

use crate::counters::Living;
use crate::meter::{Meter, Usage};
use crate::rooms::Kept;
use crate::sockets::Sockets;
use crate::ticker::Ticking;
use crate::trace::{CallTrace, Current};
use std::any::Any;
use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use wasmtime::component::{GuestTaskId, ResourceTable};
use wasmtime::{Instance, UpdateDeadline};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};
use wasmtime_wasi_io::IoView;

/// A WASI context, made when the guest first asks for something of it: many handlers never do.
pub(crate) type LazyWasi = LazyCell<WasiCtx, Box<dyn FnOnce() -> WasiCtx + Send>>;

/// The data of one call's store.
pub struct State {
    /// Empty where the guest is a preview 1 command.
    pub(crate) wasi: LazyWasi,
    /// The context of a preview 1 command.
    pub(crate) preview1: Option<Box<WasiP1Ctx>>,
    pub(crate) http: WasiHttpCtx,
    pub(crate) hooks: Box<dyn WasiHttpHooks>,
    pub(crate) table: ResourceTable,
    pub(crate) rooms: Kept,
    pub(crate) sockets: Sockets,
    pub(crate) meter: Meter,
    pub(crate) usage: Arc<Usage>,
    /// Held while the guest may run.
    pub(crate) ticking: Option<Ticking>,
    /// The request's number; 0 where it is none, or where there are several.
    pub(crate) request: u64,
    /// None where traces are off.
    pub(crate) trace: Option<Current>,
    /// Where instances are counted.
    pub(crate) living: Option<Living>,
    /// The modules of a library of modules, the main one under an empty name.
    pub(crate) modules: Vec<(String, Instance)>,
    /// Who has the instance of a library; None for every other guest.
    pub(crate) held: Option<Held>,
}

/// Asked now and then by the thread that a guest has for itself.
pub trait Look: Send + Sync {
    /// Whether the guest shall end: whoever waits wants something else.
    fn shall_end(&self) -> bool;

    /// The guest's bytes as whoever waits would have them, if not as they are.
    fn keep(&self, bytes: &[u8]) -> Option<Arc<dyn Any + Send + Sync>>;
}

/// Who has an instance, and on whose behalf it runs. The engine knows neither.
pub struct Held {
    pub owner: Weak<dyn Any + Send + Sync>,
    /// Set once it has ended badly.
    pub is_broken: Arc<AtomicBool>,
    /// Set when what runs shall end.
    pub is_stopped: Arc<AtomicBool>,
    /// Of the one call that runs, where it runs on the stack of a thread that waits for it.
    pub look: Option<Arc<dyn Look>>,
    /// Of the one call that runs.
    pub caller: Option<Arc<dyn Any + Send + Sync>>,
    /// Of each call, where several run at once.
    pub callers: HashMap<GuestTaskId, Arc<dyn Any + Send + Sync>>,
}

impl Held {
    pub fn new(owner: Weak<dyn Any + Send + Sync>, is_broken: Arc<AtomicBool>, is_stopped: Arc<AtomicBool>) -> Self {
        Self { owner, is_broken, is_stopped, look: None, caller: None, callers: HashMap::new() }
    }
}

impl State {
    /// A call that was not made for preview 1 holds nothing there.
    pub(crate) fn preview1(&mut self) -> &mut WasiP1Ctx {
        self.preview1.get_or_insert_with(|| Box::new(WasiCtxBuilder::new().build_p1()))
    }

    /// The instance is there: what its call waits for now is the guest.
    pub(crate) fn started(&self) {
        if let Some(trace) = self.trace() {
            trace.started();
        }
    }

    /// What is used from now on, and what is held already, counts for this call.
    pub(crate) fn charge(&mut self, usage: Arc<Usage>) {
        self.meter.charge(usage.clone());
        self.usage = usage;
    }

    /// Made in advance: until its call comes, nothing runs here.
    pub(crate) fn rests(&mut self) {
        self.ticking = None;
    }

    /// What the capabilities keep for this call.
    pub fn rooms(&mut self) -> &mut Kept {
        &mut self.rooms
    }

    /// What the guest holds by handles, up to its limit.
    pub fn handles(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    /// What the rooms keep, what the guest holds by handles, and what the call has used.
    pub fn rooms_and_table(&mut self) -> (&mut Kept, &mut ResourceTable, &Arc<Usage>) {
        (&mut self.rooms, &mut self.table, &self.usage)
    }

    /// The number that logs know the request by.
    pub fn request(&self) -> u64 {
        self.request
    }

    /// Bytes that may reach the logs until now: a kept instance gets more with each of its calls.
    pub fn log_bytes(&self) -> u64 {
        self.usage.limits().log_bytes.saturating_mul(self.usage.calls())
    }

    /// The call that runs at the moment. None where traces are off, or where several run at once.
    pub fn trace(&self) -> Option<Arc<CallTrace>> {
        self.trace.as_ref().and_then(Current::get)
    }

    /// The module of that name in a library of modules.
    pub fn module(&self, name: &str) -> Option<Instance> {
        self.modules.iter().find(|(known, _)| known == name).map(|(_, module)| *module)
    }

    /// Who has this instance, and who calls it; None where that is the server.
    pub fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    /// What becomes of the running guest at an epoch tick.
    pub(crate) fn at_tick(&self) -> wasmtime::Result<UpdateDeadline> {
        let update = self.usage.at_tick()?;
        let held = self.held.as_ref().and_then(|held| held.look.as_ref().map(|look| (held, look)));
        Ok(match (update, held) {
            // Without a fiber there is nobody to yield to.
            (UpdateDeadline::Yield(_), Some((held, look))) if held.is_stopped.load(Relaxed) || look.shall_end() => {
                UpdateDeadline::Interrupt
            }
            (UpdateDeadline::Yield(ticks), Some(_)) => UpdateDeadline::Continue(ticks),
            (update, _) => update,
        })
    }

    pub fn held_mut(&mut self) -> Option<&mut Held> {
        self.held.as_mut()
    }

    pub fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: LazyCell::force_mut(&mut self.wasi), table: &mut self.table }
    }
}

impl IoView for State {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: self.hooks.as_mut(), table: &mut self.table, ctx: &mut self.http }
    }
}
