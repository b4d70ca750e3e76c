//! One component, loaded: compiled, linked with what it was granted, ready to be instantiated for each call.

use crate::admit::{Door, Permit, Refused};
use crate::aside::Aside;
use crate::call::{Calls, spin, turn};
use crate::code::Code;
use crate::compile::Compiled;
use crate::counters::Counters;
use crate::engine::Engine;
use crate::error::{self, Problem, Problems};
use crate::guest::{self, HandlerKind};
use crate::limits::{Limits, Reuse};
use crate::link;
use crate::meter::Meter;
use crate::meter::Usage;
use crate::modules::Modules;
use crate::profile::{Profile, Sampler};
use crate::ready::{Begun, Ended, Guest, Housekeeper, Ready};
use crate::recording::{Recorder, Tape};
use crate::rooms::{Granted, Kept};
use crate::runtime::Runtime;
use crate::sockets::Sockets;
use crate::state::{LazyWasi, State};
use crate::ticker::Ticker;
use crate::trace::Current;
use crate::wasi::{self, Call, Grants};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use wasmtime::component::{Component, InstancePre, ResourceTable};
use wasmtime::{Module, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpHooks, p2, p3};

/// The call a component answers.
pub enum Handler {
    Http02(p2::bindings::ProxyPre<State>),
    Http03(p3::bindings::ServicePre<State>),
    SpinHttp(spin::InboundPre<State>),
    Command01(wasmtime::InstancePre<State>),
    Command02(wasmtime_wasi::p2::bindings::CommandPre<State>),
    Command03(wasmtime_wasi::p3::bindings::CommandPre<State>),
    /// A library: its exports are called by name.
    Library(InstancePre<State>),
    /// The same of core modules.
    Modules(Modules),
}

impl Handler {
    /// The kind, as reports name it; a library is none.
    pub fn kind(&self) -> Option<HandlerKind> {
        match self {
            Self::Http02(_) => Some(HandlerKind::Http02),
            Self::Http03(_) => Some(HandlerKind::Http03),
            Self::SpinHttp(_) => Some(HandlerKind::SpinHttp),
            Self::Command01(_) => Some(HandlerKind::Command01),
            Self::Command02(_) => Some(HandlerKind::Command02),
            Self::Command03(_) => Some(HandlerKind::Command03),
            Self::Library(_) | Self::Modules(_) => None,
        }
    }
}

/// What a component is loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Http,
    Command,
    Library,
}

/// Everything that makes one component's sandbox, but for its code.
#[derive(Clone)]
pub struct Settings {
    pub id: Arc<str>,
    pub purpose: Purpose,
    pub limits: Limits,
    pub reuse: Reuse,
    pub grants: Grants,
}

/// A loaded component.
pub struct Sandbox {
    pub id: Arc<str>,
    pub limits: Arc<Limits>,
    pub reuse: Reuse,
    pub handler: Handler,
    pub(crate) aside: Aside,
    pub(crate) ready: Ready,
    door: Door,
    engine: wasmtime::Engine,
    pub(crate) ticker: Arc<Ticker>,
    housekeeper: Arc<Housekeeper>,
    grants: Grants,
    counters: OnceLock<Arc<Counters>>,
    sampler: OnceLock<Arc<Sampler>>,
    recorder: OnceLock<Arc<Recorder>>,
}

impl Engine {
    /// Link a compiled component with what `settings` grant.
    pub fn load(&self, compiled: &Compiled, settings: Settings) -> Result<Sandbox, Problems> {
        self.load_with(compiled, &[], settings)
    }

    /// The same for a core module and those that it imports from, by name, in the order in which they start.
    pub fn load_with(&self, compiled: &Compiled, beside: &[(String, Compiled)], settings: Settings) -> Result<Sandbox, Problems> {
        let Settings { id, purpose, limits, reuse, grants } = settings;
        limits.check().map_err(|problem| problem.component(&*id))?;
        wasi::check_mounts(&grants.mounts).map_err(|problem| problem.component(&*id))?;
        let runtime = self.runtime(compiled.tasks)?;
        let handler = match &compiled.code {
            Code::Component(component) => runtime.handler(component, purpose, grants.rooms.as_ref()),
            Code::Module(module) => runtime.module(module, purpose, grants.rooms.as_ref(), beside),
        }
        .map_err(|problems| of_component(problems, &id))?;
        Ok(Sandbox::new(runtime, handler, Settings { id, purpose, limits, reuse, grants }))
    }
}

impl Runtime {
    fn handler(&self, component: &Component, purpose: Purpose, granted: Option<&Granted>) -> Result<Handler, Problems> {
        let kind = match purpose {
            Purpose::Http => Some(guest::handler(&self.wasmtime, component)?),
            Purpose::Command => Some(guest::command(&self.wasmtime, component)?),
            Purpose::Library => None,
        };
        let linker = link::for_component(&self.linker, &self.rooms, granted, component)?;
        let pre = linker.instantiate_pre(component).map_err(unlinkable)?;
        let handler = match kind {
            Some(kind) => handler(kind, pre).map_err(unlinkable)?,
            None => Handler::Library(pre),
        };
        // The first call must not pay for the memory image.
        component.initialize_copy_on_write_image().map_err(unlinkable)?;
        Ok(handler)
    }

    fn module(
        &self,
        module: &Module,
        purpose: Purpose,
        granted: Option<&Granted>,
        beside: &[(String, Compiled)],
    ) -> Result<Handler, Problems> {
        match purpose {
            Purpose::Command => Ok(Handler::Command01(self.preview1.instantiate_pre(module).map_err(unlinkable)?)),
            Purpose::Http => Err(guest::not_a_handler().into()),
            Purpose::Library => Ok(Handler::Modules(Modules::link(&self.preview1, &self.rooms, granted, module, beside)?)),
        }
    }
}

pub(crate) fn unlinkable(error: wasmtime::Error) -> Problem {
    Problem::new(error::Code::GuestImportUnknown, format!("the guest cannot be linked: {error:#}"))
        .hint("its imports do not have the types of the interfaces they name; build it with a current SDK")
}

fn of_component(problems: Problems, id: &str) -> Problems {
    Problems(problems.0.into_iter().map(|problem| problem.component(id)).collect())
}

fn handler(kind: HandlerKind, pre: InstancePre<State>) -> wasmtime::Result<Handler> {
    Ok(match kind {
        HandlerKind::Http02 => Handler::Http02(p2::bindings::ProxyPre::new(pre)?),
        HandlerKind::Http03 => Handler::Http03(p3::bindings::ServicePre::new(pre)?),
        HandlerKind::SpinHttp => Handler::SpinHttp(spin::InboundPre::new(pre)?),
        HandlerKind::Command01 => return Err(wasmtime::Error::msg("a component is no preview 1 command")),
        HandlerKind::Command02 => Handler::Command02(wasmtime_wasi::p2::bindings::CommandPre::new(pre)?),
        HandlerKind::Command03 => Handler::Command03(wasmtime_wasi::p3::bindings::CommandPre::new(pre)?),
    })
}

impl Sandbox {
    pub(crate) fn new(runtime: &Runtime, handler: Handler, settings: Settings) -> Self {
        let Settings { id, limits, reuse, grants, .. } = settings;
        Self {
            aside: Aside::default(),
            ready: Ready::default(),
            door: Door::new(&limits),
            limits: Arc::new(limits),
            id,
            reuse,
            handler,
            engine: runtime.wasmtime.clone(),
            ticker: runtime.ticker.clone(),
            housekeeper: runtime.housekeeper.clone(),
            grants,
            counters: OnceLock::new(),
            sampler: OnceLock::new(),
            recorder: OnceLock::new(),
        }
    }

    /// A permit for one call, at once or from the queue.
    pub async fn enter(&self, calls: &Calls, deadline: Instant) -> Result<Permit, Refused> {
        let Some(counters) = self.counters() else { return self.door.enter(&calls.permits, deadline).await };
        let _waiting = counters.waits();
        self.door.enter(&calls.permits, deadline).await.inspect_err(|refused| counters.refused(*refused))
    }

    /// Count the calls from now on. Only the first time.
    pub fn count(&self, counters: Arc<Counters>) {
        let _ = self.counters.set(counters);
    }

    /// Sample the stacks of its guests from now on, as far as the profile is on. Only the first time.
    pub fn profile(&self, profile: Arc<Profile>) {
        let sampler = Sampler::new(profile, self.ticker.clone(), self.engine.clone());
        let _ = self.sampler.set(Arc::new(sampler));
    }

    /// Record its calls from now on, as far as they are wanted. Only the first time.
    pub fn record(&self, recorder: Arc<Recorder>) {
        let _ = self.recorder.set(recorder);
    }

    /// What the call leaves behind; None where it is not recorded.
    pub fn tape<B>(&self, request: &http::Request<B>, number: u64) -> Option<Arc<Tape>> {
        self.recorder.get()?.tape(self.id.clone(), request, number)
    }

    pub(crate) fn sampler(&self) -> Option<&Arc<Sampler>> {
        self.sampler.get()
    }

    pub(crate) fn counters(&self) -> Option<&Arc<Counters>> {
        self.counters.get()
    }

    /// An instance for one call: the one that was made in advance, or a new one.
    pub(crate) async fn begin(self: &Arc<Self>, call: Call) -> wasmtime::Result<Begun> {
        // What an instance asked before its call is part of the recording.
        let begun = match self.ready.take().filter(|_| call.tape.is_none()) {
            Some(begun) => self.equipped(begun, call)?,
            None => {
                let mut store = self.store(call)?;
                let guest = Guest::start(&self.handler, &mut store).await?;
                Begun { store, guest }
            }
        };
        begun.store.data().started();
        Ok(begun)
    }

    /// Take an instance down once its answer is sent, and make the next in advance.
    pub(crate) fn clear(self: &Arc<Self>, ended: Ended) {
        let sandbox = self.clone();
        tokio::spawn(async move {
            // The task that sends the answer goes on first.
            turn().await;
            sandbox.housekeeper.clear(ended, sandbox.clone());
        });
    }

    pub(crate) fn grants_no_files(&self) -> bool {
        self.grants.mounts.is_empty()
    }

    /// A store whose call is not known yet. `asked` is set when the guest asks something of WASI.
    pub(crate) fn store_in_advance(&self, usage: Arc<Usage>, asked: Arc<AtomicBool>) -> Store<State> {
        let wasi = LazyWasi::new(Box::new(move || {
            asked.store(true, Relaxed);
            WasiCtx::default()
        }));
        let hooks = self.grants.network.http(0, None);
        self.limited(self.state(wasi, hooks, usage))
    }

    /// Give an instance that was made in advance what its call brings.
    fn equipped(self: &Arc<Self>, mut begun: Begun, call: Call) -> wasmtime::Result<Begun> {
        let usage = call.usage.clone();
        let trace = call.trace.clone();
        if let Some(trace) = trace.as_ref().and_then(Current::get) {
            trace.starts();
        }
        let store = &mut begun.store;
        let state = store.data_mut();
        state.hooks = self.grants.network.http(call.depth, trace.clone());
        state.request = call.stdio.request();
        state.wasi = self.lazy_wasi(call)?;
        state.charge(usage);
        state.trace = trace;
        state.ticking = Some(self.ticker.tick());
        state.living = self.counters().map(Counters::instance);
        store.set_epoch_deadline(1);
        Ok(begun)
    }

    /// A store for one call, under this component's limits.
    pub(crate) fn store(self: &Arc<Self>, call: Call) -> wasmtime::Result<Store<State>> {
        let usage = call.usage.clone();
        let trace = call.trace.clone();
        if let Some(trace) = trace.as_ref().and_then(Current::get) {
            trace.starts();
        }
        let hooks = self.grants.network.http(call.depth, trace.clone());
        let request = call.stdio.request();
        let tape = call.tape.clone();
        let (wasi, preview1) = match &self.handler {
            Handler::Command01(_) => (wasi::none(), Some(Box::new(self.wasi(call)?.build_p1()))),
            Handler::Modules(modules) if modules.uses_wasi => (wasi::none(), Some(Box::new(self.wasi(call)?.build_p1()))),
            _ => (self.lazy_wasi(call)?, None),
        };
        let living = self.counters().map(Counters::instance);
        let mut store = self.limited(State { preview1, request, trace, living, ..self.state(wasi, hooks, usage) });
        if let Some(tape) = tape {
            store.watch(tape);
        }
        Ok(store)
    }

    fn state(&self, wasi: LazyWasi, hooks: Box<dyn WasiHttpHooks>, usage: Arc<Usage>) -> State {
        let mut table = ResourceTable::new();
        table.set_max_capacity(self.limits.handles as usize);
        State {
            wasi,
            preview1: None,
            http: WasiHttpCtx::new(),
            hooks,
            table,
            rooms: Kept { granted: self.grants.rooms.clone(), call: None },
            sockets: Sockets::of(self.grants.network.clone()),
            meter: Meter::new(usage.clone()),
            usage,
            ticking: Some(self.ticker.tick()),
            request: 0,
            trace: None,
            living: None,
            modules: Vec::new(),
            held: None,
        }
    }

    fn limited(&self, state: State) -> Store<State> {
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(usize::try_from(self.limits.host_call_bytes).unwrap_or(usize::MAX));
        store.set_epoch_deadline(1);
        store.data_mut().meter.sampler = self.sampler.get().cloned();
        store.epoch_deadline_callback(|store| {
            let update = store.data().at_tick();
            if let Some(sampler) = store.data().meter.sampler.clone() {
                sampler.look(store);
            }
            update
        });
        if let Some(fuel) = self.limits.fuel {
            // Refused where the engine counts none.
            let _ = store.set_fuel(fuel);
        }
        store
    }

    fn wasi(&self, call: Call) -> wasmtime::Result<WasiCtxBuilder> {
        wasi::builder(&self.id, &self.grants, self.limits.log_bytes, call)
    }

    fn lazy_wasi(self: &Arc<Self>, call: Call) -> wasmtime::Result<LazyWasi> {
        if !self.grants.mounts.is_empty() {
            // A directory may be gone: that must end the call, not the process.
            let made = self.wasi(call)?.build();
            return Ok(LazyWasi::new(Box::new(|| made)));
        }
        let sandbox = self.clone();
        // Without mounts nothing can fail.
        Ok(LazyWasi::new(Box::new(move || sandbox.wasi(call).map(|mut wasi| wasi.build()).unwrap_or_default())))
    }
}
