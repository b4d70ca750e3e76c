//! What a sandbox costs by itself, without a server around it. Benchmarks ask.

use crate::call::{command, http02};
use crate::compile::Wanted;
use crate::engine::{Engine, EngineSettings};
use crate::error::{Code, Problem, Problems};
use crate::guest;
use crate::limits::{Limits, Reuse};
use crate::meter::Usage;
use crate::output::Silence;
use crate::sandbox::{Handler, Purpose, Sandbox, Settings};
use crate::wasi::{Call, Grants};
use crate::{Body, pool::PoolSizes};
use http_body_util::BodyExt;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What one call took: instance made, called and dropped.
#[derive(Serialize)]
pub struct CallCost {
    pub calls: usize,
    pub median_us: f64,
    pub p99_us: f64,
}

/// What instances cost that live at the same time.
#[derive(Serialize)]
pub struct LiveCost {
    pub instances: usize,
    /// Growth of this process's resident memory, by instance.
    pub bytes_each: u64,
    pub pool: Option<PoolSizes>,
}

/// Call the component at `path` again and again for `time`: an HTTP handler with an empty request, a command without arguments.
pub fn calls(settings: &EngineSettings, path: &Path, time: Duration) -> Result<CallCost, Problems> {
    let sandbox = loaded(&Engine::new(settings)?, path)?;
    let runtime = runtime()?;
    let mut taken = Vec::new();
    let until = Instant::now() + time;
    while Instant::now() < until {
        let started = Instant::now();
        runtime.block_on(once(&sandbox)).map_err(|error| failed(&error))?;
        taken.push(started.elapsed());
    }
    taken.sort_unstable();
    let at = |share: usize| taken.get((taken.len() * share / 100).min(taken.len().saturating_sub(1)));
    let micros = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e6);
    Ok(CallCost { calls: taken.len(), median_us: micros(at(50)), p99_us: micros(at(99)) })
}

/// Hold `count` instances of the component at `path` at once.
pub fn live(settings: &EngineSettings, path: &Path, count: usize) -> Result<LiveCost, Problems> {
    let engine = Engine::new(settings)?;
    let sandbox = loaded(&engine, path)?;
    let runtime = runtime()?;
    // The first makes what all share.
    let mut held = vec![runtime.block_on(instance(&sandbox)).map_err(|error| failed(&error))?];
    let before = resident()?;
    for _ in 0..count {
        held.push(runtime.block_on(instance(&sandbox)).map_err(|error| failed(&error))?);
    }
    let grown = resident()?.saturating_sub(before);
    let bytes_each = grown / count.max(1) as u64;
    Ok(LiveCost { instances: held.len() - 1, bytes_each, pool: engine.pool().cloned() })
}

fn loaded(engine: &Engine, path: &Path) -> Result<Arc<Sandbox>, Problems> {
    let compiled = engine.compile(&guest::read(path)?, &Wanted::default())?;
    let settings = |purpose| Settings {
        id: "probe".into(),
        purpose,
        limits: Limits::default(),
        reuse: Reuse::default(),
        grants: Grants::default(),
    };
    let loaded = engine.load(&compiled, settings(Purpose::Http)).or_else(|_| engine.load(&compiled, settings(Purpose::Command)));
    loaded.map(Arc::new)
}

async fn once(sandbox: &Arc<Sandbox>) -> wasmtime::Result<()> {
    let usage = Usage::new(sandbox.limits.clone(), Some(Instant::now() + sandbox.limits.deadline()));
    let call = Call::logged(usage, Arc::new(Silence), 0);
    match &sandbox.handler {
        Handler::Http02(_) => {
            let (tx, rx) = futures::channel::oneshot::channel();
            drop(http02::run(sandbox.clone(), call, request(), tx).await?);
            let response = rx.await.map_err(|_| wasmtime::Error::msg("no response"))??;
            response.into_body().collect().await.map(drop).map_err(Into::into)
        }
        Handler::Command01(_) | Handler::Command02(_) | Handler::Command03(_) => {
            let ended = command::run(sandbox.clone(), call, None).await;
            ended.map(drop).map_err(|failure| wasmtime::Error::msg(failure.to_string()))
        }
        Handler::Http03(_) | Handler::SpinHttp(_) | Handler::Library(_) | Handler::Modules(_) => {
            Err(wasmtime::Error::msg("only wasi:http@0.2 handlers and commands are measured"))
        }
    }
}

fn request() -> http::Request<Body> {
    let body = http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut request = http::Request::new(body);
    *request.uri_mut() = http::Uri::from_static("http://probe/");
    request
}

async fn instance(sandbox: &Arc<Sandbox>) -> wasmtime::Result<Box<dyn Send>> {
    let usage = Usage::new(sandbox.limits.clone(), None);
    let mut store = sandbox.store(Call::logged(usage, Arc::new(Silence), 0))?;
    let instance = match &sandbox.handler {
        Handler::Http02(pre) => pre.instance_pre().instantiate_async(&mut store).await?,
        Handler::Command02(pre) => pre.instance_pre().instantiate_async(&mut store).await?,
        _ => return Err(wasmtime::Error::msg("only components of WASI 0.2 are held")),
    };
    Ok(Box::new((store, instance)))
}

fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))
}

fn resident() -> Result<u64, Problem> {
    let pages = std::fs::read_to_string("/proc/self/statm").map_err(|error| failed(&error))?;
    let pages: Option<u64> = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    // SAFETY: sysconf has no preconditions.
    let size = u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4_096);
    Ok(pages.unwrap_or(0) * size)
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(Code::EngineFailed, format!("the probe failed: {error:#}"))
}
