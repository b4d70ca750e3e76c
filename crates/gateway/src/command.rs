//! `atoll run`: one command-line component, from its file to its exit code.

use crate::app::ruled;
use crate::apps::shared;
use crate::logs::Logs;
use crate::settings::Settings;
use atoll_capabilities::logging;
use atoll_capabilities::network::{Granted, GrantedNetwork};
use atoll_capabilities::outbound_http::Home;
use atoll_capabilities::rooms::{self, ROOMS};
use atoll_engine::call::command;
use atoll_engine::compile::Wanted;
use atoll_engine::engine::Pooling;
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::meter::Usage;
use atoll_engine::observe::Failure;
use atoll_engine::profile::Profile;
use atoll_engine::sandbox::{Purpose, Settings as SandboxSettings};
use atoll_engine::wasi::{Call, Stdio};
use atoll_engine::{Engine, EngineSettings, Grants, Limits, Mount, Reuse};
use atoll_rules::hosts::AllowedHosts;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What to run, and what it is granted.
#[derive(Debug, Deserialize)]
pub struct Command {
    pub path: PathBuf,
    /// Without the program's name, which is the file's.
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    pub env: Vec<(String, String)>,
    #[serde(default)]
    pub dirs: Vec<Directory>,
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    pub limits: CommandLimits,
}

/// A granted directory.
#[derive(Debug, Deserialize)]
pub struct Directory {
    pub host: PathBuf,
    pub guest: String,
    #[serde(default)]
    pub read_only: bool,
}

/// A command runs as long as its user lets it, unless told otherwise.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CommandLimits {
    pub deadline_ms: Option<u64>,
    pub cpu_ms: Option<u64>,
    pub memory_bytes: Option<u64>,
}

/// A command that did not reach its own end.
pub enum Stopped {
    /// It could not start.
    Problems(Problems),
    /// It was killed, or trapped.
    Failed(Failure),
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Problems(problem.into())
    }
}

impl From<Problems> for Stopped {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}

/// Run the command with this process's standard streams; its exit code. What it does is in the `profile`, where there is one.
pub fn run(command: Command, settings: &Settings, profile: Option<&Arc<Profile>>) -> Result<i32, Stopped> {
    // One instance needs no pool.
    let engine = Engine::with_rooms(&EngineSettings { pooling: Pooling::Off, ..settings.engine.clone() }, ROOMS)?;
    let logs = Logs::start(&settings.log)?;
    let network = shared(settings, logs.clone(), Home::default())?;
    let wasm = atoll_engine::guest::read(&command.path)?;
    let compiled = engine.compile(&wasm, &Wanted::default())?;
    let id: Arc<str> = command.path.file_name().map_or("command".into(), |name| name.to_string_lossy().into());
    let allowed = AllowedHosts::parse::<_, &str>(&command.allowed_outbound_hosts, &[])
        .map_err(|found| Problems(found.into_iter().map(|problem| ruled(problem, "allow-net")).collect()))?;
    let limits = limits(&command.limits);
    let mounts =
        command.dirs.iter().map(|dir| Mount { host: dir.host.clone(), guest: dir.guest.clone(), writable: !dir.read_only });
    let rooms = rooms::Granted { logging: logging::Granted::new(id.clone(), logs.clone()), ..Default::default() };
    let grants = Grants {
        env: command.env,
        mounts: mounts.collect(),
        network: Arc::new(GrantedNetwork(Arc::new(Granted::new(id.clone(), allowed, network)))),
        rooms: Some(Arc::new(rooms)),
    };
    let settings = SandboxSettings { id: id.clone(), purpose: Purpose::Command, limits, reuse: Reuse::default(), grants };
    let sandbox = Arc::new(engine.load(&compiled, settings)?);
    if let Some(profile) = profile {
        profile.switch(true);
        sandbox.profile(profile.clone());
    }
    let deadline = command.limits.deadline_ms.map(|deadline| Instant::now() + Duration::from_millis(deadline));
    let usage = Usage::new(sandbox.limits.clone(), deadline);
    let args = std::iter::once(id.to_string()).chain(command.args).collect();
    let call = Call { usage, stdio: Stdio::Inherited, args, env: Vec::new(), depth: 0, trace: None, tape: None };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::new(Code::EngineFailed, format!("the command cannot start: {error}")))?;
    let ended = runtime.block_on(command::run(sandbox, call, None));
    // A guest that waits for input holds a thread that no one will wake.
    runtime.shutdown_background();
    logs.finish();
    ended.map_err(Stopped::Failed)
}

fn limits(given: &CommandLimits) -> Limits {
    let defaults = Limits::default();
    Limits {
        deadline_ms: given.deadline_ms.unwrap_or(u64::MAX),
        cpu_ms: given.cpu_ms.unwrap_or(u64::MAX),
        memory_bytes: given.memory_bytes.unwrap_or(4 << 30),
        table_elements: 10_000_000,
        handles: 1_000_000,
        log_bytes: u64::MAX,
        ..defaults
    }
}
