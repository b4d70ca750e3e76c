//! Serving, running and looking into components, for Python.

use crate::errors::{malformed, raised};
use atoll_engine::compiler::{Job, Report};
use atoll_engine::{Code, EngineSettings, Limits, Problem, Reuse};
use atoll_gateway::app::Progress;
use atoll_gateway::command::{Command, Stopped};
use atoll_gateway::listener;
use atoll_gateway::locked::LockedApp;
use atoll_gateway::settings::{HttpSettings, Settings};
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

fn read<T: DeserializeOwned>(what: &str, json: &str) -> PyResult<T> {
    serde_json::from_str(json).map_err(|error| malformed(what, &error))
}

fn told<T: serde::Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| malformed("answer", &error))
}

/// The defaults of limits, reuse and HTTP, as JSON.
#[pyfunction]
pub(crate) fn defaults() -> PyResult<String> {
    told(&serde_json::json!({"limits": Limits::default(), "reuse": Reuse::default(), "http": HttpSettings::default()}))
}

/// What the wasm file at `path` is, as JSON.
#[pyfunction]
pub(crate) fn inspect(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let described = py.detach(|| {
        let engine =
            atoll_engine::Engine::new(&EngineSettings { pooling: atoll_engine::engine::Pooling::Off, ..Default::default() })?;
        engine.inspect(&path)
    });
    told(&described.map_err(|problem: Problem| raised(&problem.into()))?)
}

/// Compile standard input to standard output, as the compiler's process; the report, as JSON.
#[pyfunction]
pub(crate) fn translate(py: Python<'_>, job: &str) -> PyResult<String> {
    let job: Job = read("job", job)?;
    told(&py.detach(|| Report::of(&translate_streams(&job))))
}

fn translate_streams(job: &Job) -> Result<&'static str, Problem> {
    atoll_engine::compiler::die_with(job.parent);
    let unusable = atoll_engine::compiler::unusable_stream;
    let mut wasm = Vec::new();
    std::io::stdin().read_to_end(&mut wasm).map_err(unusable)?;
    let (tasks, code) = atoll_engine::compile::translate(&job.engine, &wasm, job.reused)?;
    let out = std::io::stdout().as_fd().try_clone_to_owned().map_err(unusable)?;
    File::from(out).write_all(&code).map_err(unusable)?;
    Ok(tasks)
}

/// How often a waiting interpreter looks for signals.
const SIGNALS: Duration = Duration::from_millis(50);

/// Run one command-line component; its exit code. A signal whose handler raises (Ctrl-C) leaves the command behind.
#[pyfunction]
pub(crate) fn run(py: Python<'_>, command: &str, settings: &str) -> PyResult<i32> {
    let command: Command = read("command", command)?;
    let settings: Settings = read("settings", settings)?;
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new().name("atoll-command".into()).spawn(move || {
        // The interpreter may have left.
        let _ = done.send(atoll_gateway::command::run(command, &settings));
    })?;
    let ended = std::sync::Mutex::new(ended);
    loop {
        let received = py.detach(|| ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv_timeout(SIGNALS));
        match received {
            Ok(outcome) => return outcome.map_err(|stopped| stopped_as_error(&stopped)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(raised(&Problem::new(Code::EngineFailed, "the command's thread ended without an answer").into()));
            }
        }
    }
}

fn stopped_as_error(stopped: &Stopped) -> PyErr {
    match stopped {
        Stopped::Problems(problems) => raised(problems),
        Stopped::Failed(failure) => raised(&Problem::new(failure.code, failure.to_string()).into()),
    }
}

/// One locked app, ready to serve.
#[pyclass(module = "atoll._core")]
pub(crate) struct Server(listener::Server);

#[pymethods]
impl Server {
    #[new]
    #[pyo3(signature = (locked, settings, progress=None))]
    fn new(py: Python<'_>, locked: &str, settings: &str, progress: Option<Py<PyAny>>) -> PyResult<Self> {
        let locked: LockedApp = read("locked app", locked)?;
        let settings: Settings = read("settings", settings)?;
        let watch = |event: &Progress<'_>| {
            let (Some(progress), Ok(json)) = (&progress, serde_json::to_string(event)) else { return };
            // Progress is shown for people; a callback that fails must not stop the load.
            Python::attach(|py| progress.call1(py, (json,)).map(drop).unwrap_or_else(|error| error.write_unraisable(py, None)));
        };
        let loaded = py.detach(|| listener::Server::load(&locked, settings, &watch));
        loaded.map(Self).map_err(|problems| raised(&problems))
    }

    fn report(&self) -> PyResult<String> {
        told(&self.0.report())
    }

    fn start(&mut self, py: Python<'_>) -> PyResult<String> {
        let started = py.detach(|| self.0.start());
        started.map(|address| address.to_string()).map_err(|problem| raised(&problem.into()))
    }

    fn wait(&mut self, py: Python<'_>, timeout: f64) -> PyResult<bool> {
        let timeout = Duration::try_from_secs_f64(timeout.clamp(0.0, 3_600.0)).unwrap_or_default();
        let ended = py.detach(|| self.0.wait(timeout));
        py.check_signals()?;
        Ok(ended)
    }

    fn stop(&self) {
        self.0.stop();
    }
}
