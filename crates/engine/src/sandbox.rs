//! One component, loaded: compiled, linked with what it was granted, ready to be instantiated for each call.

use crate::admit::{Door, Permit, Refused};
use crate::call::{Calls, spin};
use crate::compile::{Code, Compiled};
use crate::engine::Engine;
use crate::error::{self, Problem, Problems};
use crate::guest::{self, HandlerKind};
use crate::limits::{Limits, Reuse};
use crate::link;
use crate::meter::{Meter, Usage, on_epoch};
use crate::network::Network;
use crate::output::{GuestOutput, Lines, Source};
use crate::runtime::Runtime;
use crate::state::State;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use wasmtime::component::{Component, InstancePre, ResourceTable};
use wasmtime::{Module, Store};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_http::{WasiHttpCtx, p2, p3};

/// A host directory as the guest sees it.
#[derive(Clone, Debug)]
pub struct Mount {
    pub host: PathBuf,
    pub guest: String,
    pub writable: bool,
}

/// What a component was granted. The default is nothing.
#[derive(Clone)]
pub struct Grants {
    pub env: Vec<(String, String)>,
    pub mounts: Vec<Mount>,
    pub network: Arc<dyn Network>,
}

/// The call a component answers.
pub enum Handler {
    Http02(p2::bindings::ProxyPre<State>),
    Http03(p3::bindings::ServicePre<State>),
    SpinHttp(spin::InboundPre<State>),
    Command01(wasmtime::InstancePre<State>),
    Command02(wasmtime_wasi::p2::bindings::CommandPre<State>),
    Command03(wasmtime_wasi::p3::bindings::CommandPre<State>),
}

impl Handler {
    /// The kind, as reports name it.
    pub fn kind(&self) -> HandlerKind {
        match self {
            Self::Http02(_) => HandlerKind::Http02,
            Self::Http03(_) => HandlerKind::Http03,
            Self::SpinHttp(_) => HandlerKind::SpinHttp,
            Self::Command01(_) => HandlerKind::Command01,
            Self::Command02(_) => HandlerKind::Command02,
            Self::Command03(_) => HandlerKind::Command03,
        }
    }
}

/// What a component is loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Http,
    Command,
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
    door: Door,
    engine: wasmtime::Engine,
    grants: Grants,
}

/// Where a call's standard streams go.
pub enum Stdio {
    /// To the logs, line by line, under this request's number.
    Logged(Arc<dyn Lines>, u64),
    /// Input from memory and output into it; errors to the logs.
    Piped(wasmtime_wasi::p2::pipe::MemoryInputPipe, wasmtime_wasi::p2::pipe::MemoryOutputPipe, Arc<dyn Lines>, u64),
    /// This process's own.
    Inherited,
}

/// What one call adds to the component's grants.
pub struct Call {
    pub usage: Arc<Usage>,
    pub stdio: Stdio,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    /// How many calls inside the app led to this one.
    pub depth: u32,
}

impl Call {
    pub fn logged(usage: Arc<Usage>, lines: Arc<dyn Lines>, request: u64) -> Self {
        Self { usage, stdio: Stdio::Logged(lines, request), args: Vec::new(), env: Vec::new(), depth: 0 }
    }
}

impl Engine {
    /// Link a compiled component with what `settings` grant.
    pub fn load(&self, compiled: &Compiled, settings: Settings) -> Result<Sandbox, Problems> {
        let Settings { id, purpose, limits, reuse, grants } = settings;
        limits.check().map_err(|problem| problem.component(&*id))?;
        check_mounts(&grants.mounts).map_err(|problem| problem.component(&*id))?;
        let runtime = self.runtime(compiled.tasks)?;
        let handler = match &compiled.code {
            Code::Component(component) => runtime.handler(component, purpose),
            Code::Command(module) => runtime.command(module, purpose),
        }
        .map_err(|problems| of_component(problems, &id))?;
        Ok(Sandbox {
            door: Door::new(&limits),
            limits: Arc::new(limits),
            id,
            reuse,
            handler,
            engine: runtime.wasmtime.clone(),
            grants,
        })
    }
}

impl Runtime {
    fn handler(&self, component: &Component, purpose: Purpose) -> Result<Handler, Problems> {
        let kind = match purpose {
            Purpose::Http => guest::handler(&self.wasmtime, component),
            Purpose::Command => guest::command(&self.wasmtime, component),
        }?;
        let linker = link::for_component(&self.linker, &self.wasmtime, component)?;
        let pre = linker.instantiate_pre(component).map_err(unlinkable)?;
        let handler = handler(kind, pre).map_err(unlinkable)?;
        // The first call must not pay for the memory image.
        component.initialize_copy_on_write_image().map_err(unlinkable)?;
        Ok(handler)
    }

    fn command(&self, module: &Module, purpose: Purpose) -> Result<Handler, Problems> {
        match purpose {
            Purpose::Command => Ok(Handler::Command01(self.preview1.instantiate_pre(module).map_err(unlinkable)?)),
            Purpose::Http => Err(guest::not_a_handler().into()),
        }
    }
}

fn unlinkable(error: wasmtime::Error) -> Problem {
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

fn check_mounts(mounts: &[Mount]) -> Result<(), Problem> {
    for mount in mounts {
        if let Err(why) = std::fs::read_dir(&mount.host) {
            return Err(Problem::new(
                error::Code::FilesMountFailed,
                format!("`{}` cannot be mounted: {why}", mount.host.display()),
            )
            .hint("mount a directory that exists and that this process may read")
            .at("files", mount.host.display().to_string()));
        }
    }
    Ok(())
}

impl Sandbox {
    /// A permit for one call, at once or from the queue.
    pub async fn enter(&self, calls: &Calls, deadline: Instant) -> Result<Permit, Refused> {
        self.door.enter(&calls.permits, deadline).await
    }

    /// A store for one call, under this component's limits.
    pub(crate) fn store(&self, call: Call) -> wasmtime::Result<Store<State>> {
        let usage = call.usage.clone();
        let call_depth = call.depth;
        let mut wasi = self.wasi(call)?;
        let is_preview1 = matches!(self.handler, Handler::Command01(_));
        let preview1 = is_preview1.then(|| Box::new(wasi.build_p1()));
        let state = State {
            wasi: if is_preview1 { WasiCtx::default() } else { wasi.build() },
            preview1,
            http: WasiHttpCtx::new(),
            hooks: self.grants.network.http(call_depth),
            table: ResourceTable::new(),
            meter: Meter::new(usage.clone()),
            usage: usage.clone(),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(usize::try_from(self.limits.host_call_bytes).unwrap_or(usize::MAX));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(on_epoch(usage));
        Ok(store)
    }

    fn wasi(&self, call: Call) -> wasmtime::Result<WasiCtxBuilder> {
        let mut wasi = WasiCtxBuilder::new();
        wasi.envs(&self.grants.env).envs(&call.env).args(&call.args);
        self.stdio(&mut wasi, call.stdio);
        for mount in &self.grants.mounts {
            let perms = if mount.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
            wasi.preopened_dir(&mount.host, &mount.guest, perms)?;
        }
        if self.grants.network.has_sockets() {
            let network = self.grants.network.clone();
            wasi.allow_tcp(true).allow_udp(true).allow_ip_name_lookup(true);
            wasi.socket_addr_check(move |address, used| {
                match used {
                    SocketAddrUse::TcpConnect => network.allows("tcp", address),
                    SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => network.allows("udp", address),
                    // Binding to any free port is how a connection starts; a guest never listens.
                    SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
                        Box::pin(std::future::ready(address.port() == 0 && address.ip().is_unspecified()))
                    }
                    _ => Box::pin(std::future::ready(false)),
                }
            });
        }
        Ok(wasi)
    }

    fn stdio(&self, wasi: &mut WasiCtxBuilder, stdio: Stdio) {
        let logged = |lines: Arc<dyn Lines>, request, source| {
            GuestOutput::new(lines, self.id.clone(), request, source, self.limits.log_bytes)
        };
        match stdio {
            Stdio::Logged(lines, request) => {
                wasi.stdout(logged(lines.clone(), request, Source::Stdout));
                wasi.stderr(logged(lines, request, Source::Stderr));
            }
            Stdio::Piped(input, output, lines, request) => {
                wasi.stdin(input);
                wasi.stdout(output);
                wasi.stderr(logged(lines, request, Source::Stderr));
            }
            Stdio::Inherited => {
                wasi.inherit_stdio();
            }
        }
    }
}
