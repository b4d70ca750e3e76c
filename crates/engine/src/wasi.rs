//! The WASI context of one call: what its component was granted, and what the call adds.

use crate::error::{Code, Problem};
use crate::meter::Usage;
use crate::network::{Network, NoNetwork};
use crate::output::{GuestOutput, Lines, Source};
use crate::recording::Tape;
use crate::rooms::Granted;
use crate::state::LazyWasi;
use crate::trace::Current;
use std::path::PathBuf;
use std::sync::Arc;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

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
    /// What the capabilities make of the component's grants; the engine only carries it.
    pub rooms: Option<Granted>,
}

impl Default for Grants {
    fn default() -> Self {
        Self { env: Vec::new(), mounts: Vec::new(), network: Arc::new(NoNetwork), rooms: None }
    }
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

impl Stdio {
    pub(crate) fn request(&self) -> u64 {
        match self {
            Self::Logged(_, request) | Self::Piped(_, _, _, request) => *request,
            Self::Inherited => 0,
        }
    }
}

/// What one call adds to the component's grants.
pub struct Call {
    pub usage: Arc<Usage>,
    pub stdio: Stdio,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    /// How many calls inside the app led to this one.
    pub depth: u32,
    /// None where traces are off.
    pub trace: Option<Current>,
    /// None where the call is not recorded.
    pub tape: Option<Arc<Tape>>,
}

impl Call {
    pub fn logged(usage: Arc<Usage>, lines: Arc<dyn Lines>, request: u64) -> Self {
        Self { usage, stdio: Stdio::Logged(lines, request), args: Vec::new(), env: Vec::new(), depth: 0, trace: None, tape: None }
    }
}

pub(crate) fn check_mounts(mounts: &[Mount]) -> Result<(), Problem> {
    for mount in mounts {
        if let Err(why) = std::fs::read_dir(&mount.host) {
            return Err(Problem::new(Code::FilesMountFailed, format!("`{}` cannot be mounted: {why}", mount.host.display()))
                .hint("mount a directory that exists and that this process may read")
                .at("files", mount.host.display().to_string()));
        }
    }
    Ok(())
}

/// A context for guests that have none of this kind.
pub(crate) fn none() -> LazyWasi {
    LazyWasi::new(Box::new(WasiCtx::default))
}

/// The context of one call of the component `id`, whose logs take `log_bytes`. Fails where a directory is gone.
pub(crate) fn builder(id: &Arc<str>, grants: &Grants, log_bytes: u64, call: Call) -> wasmtime::Result<WasiCtxBuilder> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.envs(&grants.env).envs(&call.env).args(&call.args);
    stdio(&mut wasi, call.stdio, |lines, request, source| GuestOutput::new(lines, id.clone(), request, source, log_bytes));
    for mount in &grants.mounts {
        let perms = if mount.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        wasi.preopened_dir(&mount.host, &mount.guest, perms)?;
    }
    if grants.network.has_sockets() {
        let network = grants.network.clone();
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

fn stdio(wasi: &mut WasiCtxBuilder, stdio: Stdio, logged: impl Fn(Arc<dyn Lines>, u64, Source) -> GuestOutput) {
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
