//! Serving, running and looking into components, for Python.

use crate::bridge::stay_awake;
use crate::errors::{malformed, raised};
use crate::providers::given;
use atoll_bindings::DESCRIBED;
use atoll_capabilities::quota::Quotas;
use atoll_capabilities::rooms::ROOMS;
use atoll_compose::Part;
use atoll_engine::compiler::{Job, Report};
use atoll_engine::profile::Profile;
use atoll_engine::{Code, EngineSettings, Limits, Problem, Reuse};
use atoll_gateway::app::Progress;
use atoll_gateway::apps::Next;
use atoll_gateway::command::{Command, Stopped};
use atoll_gateway::development::{Page, Pages};
use atoll_gateway::listener;
use atoll_gateway::locked::LockedApp;
use atoll_gateway::profiles::Profiles;
use atoll_gateway::settings::{HttpSettings, Settings};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(crate) fn read<T: DeserializeOwned>(what: &str, json: &str) -> PyResult<T> {
    serde_json::from_str(json).map_err(|error| malformed(what, &error))
}

pub(crate) fn told<T: serde::Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| malformed("answer", &error))
}

/// The defaults of limits, quotas, reuse and HTTP, as JSON.
#[pyfunction]
pub(crate) fn defaults() -> PyResult<String> {
    told(&serde_json::json!({
        "limits": Limits::default(),
        "quotas": Quotas::default(),
        "reuse": Reuse::default(),
        "http": HttpSettings::default(),
    }))
}

/// What a guest may import, as JSON: by room (WASI's own under an empty name), each interface with its version.
#[pyfunction]
pub(crate) fn interfaces(py: Python<'_>) -> PyResult<String> {
    let found = py.detach(|| {
        let settings = EngineSettings { pooling: atoll_engine::engine::Pooling::Off, ..Default::default() };
        atoll_engine::Engine::with_rooms(&settings, ROOMS)?.interfaces(DESCRIBED)
    });
    let mut by_room: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (interface, room) in found.map_err(|problem: Problem| raised(&problem.into()))? {
        by_room.entry(room.unwrap_or_default()).or_default().push(interface);
    }
    told(&by_room)
}

/// The bytes of the wasm file at `path`.
#[pyfunction]
pub(crate) fn read_guest(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyBytes>> {
    let wasm = py.detach(|| atoll_engine::guest::read(&path)).map_err(|problem| raised(&problem.into()))?;
    Ok(PyBytes::new(py, &wasm))
}

/// What `wasm` is, binary or text, as JSON.
#[pyfunction]
pub(crate) fn inspect(py: Python<'_>, wasm: Vec<u8>) -> PyResult<String> {
    let described = aside(py, "atoll-inspect", move || looking()?.inspect(&wasm))?;
    told(&described.map_err(|problem: Problem| raised(&problem.into()))?)
}

/// What the wasm file at `path` imports, as JSON.
#[pyfunction]
pub(crate) fn imports(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let found = aside(py, "atoll-inspect", move || looking()?.imports(&atoll_engine::guest::read(&path)?))?;
    told(&found.map_err(|problem: Problem| raised(&problem.into()))?)
}

/// The names of what the file at `path` imports (each with its room) and exports, as JSON.
#[pyfunction]
pub(crate) fn surface(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let found = aside(py, "atoll-compose", move || atoll_compose::surface(&path))?;
    let found = found.map_err(|problem| raised(&problem.into()))?;
    let room = |name: &String| serde_json::json!({"name": name, "room": ROOMS.room_of(name)});
    let imports: Vec<_> = found.imports.iter().map(room).collect();
    told(&serde_json::json!({"imports": imports, "exports": found.exports}))
}

/// The file, in the directory `dir`, with the composition of these parts, a JSON list.
#[pyfunction]
pub(crate) fn composed(py: Python<'_>, parts: &str, dir: PathBuf) -> PyResult<PathBuf> {
    let parts: Vec<Part> = read("parts", parts)?;
    let made = aside(py, "atoll-compose", move || atoll_compose::composed(&parts, &dir))?;
    made.map_err(|problem| raised(&problem.into()))
}

/// The component that a WAC script makes of the packages that are given, or lie in a folder; and its parts, as JSON.
#[pyfunction]
pub(crate) fn scripted<'py>(
    py: Python<'py>,
    text: String,
    folder: PathBuf,
    given: HashMap<String, PathBuf>,
) -> PyResult<(Bound<'py, PyBytes>, String)> {
    let made = aside(py, "atoll-compose", move || atoll_compose::script(&text, &folder, given))?;
    let (wasm, parts) = made.map_err(|problem| raised(&problem.into()))?;
    Ok((PyBytes::new(py, &wasm), told(&parts)?))
}

/// An engine that runs nothing, with whatever an app can switch on.
fn looking() -> Result<atoll_engine::Engine, Problem> {
    let features = atoll_engine::features::names().into_iter().map(str::to_owned).collect();
    let settings = EngineSettings { pooling: atoll_engine::engine::Pooling::Off, features, ..Default::default() };
    atoll_engine::Engine::with_rooms(&settings, ROOMS)
}

/// Hand the text form of `wasm` to `write`, in pieces. What `write` raises ends it.
#[pyfunction]
pub(crate) fn wat(py: Python<'_>, wasm: Vec<u8>, write: &Bound<'_, PyAny>) -> PyResult<()> {
    let valid = aside(py, "atoll-inspect", move || atoll_engine::guest::valid(&wasm))?;
    let valid = valid.map_err(|problem| raised(&problem.into()))?;
    let mut stopped = None;
    let printed = atoll_engine::guest::wat(&valid, &mut |piece| {
        write.call1((piece,)).map(drop).map_err(|error| {
            stopped = Some(error);
            std::io::ErrorKind::Other.into()
        })
    });
    match stopped {
        Some(error) => Err(error),
        None => printed.map_err(|problem| raised(&problem.into())),
    }
}

/// The world of a component as JSON: its WIT as `text`, and the comments on its functions as `docs`.
#[pyfunction]
pub(crate) fn wit(py: Python<'_>, wasm: PyBackedBytes) -> PyResult<String> {
    let found = py.detach(|| atoll_engine::guest::wit(&wasm));
    told(&found.map_err(|problem: Problem| raised(&problem.into()))?)
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
    let (tasks, code) = atoll_engine::translate::translate(&job.engine, &wasm, &job.wanted()?)?;
    let out = std::io::stdout().as_fd().try_clone_to_owned().map_err(unusable)?;
    File::from(out).write_all(&code).map_err(unusable)?;
    Ok(tasks)
}

/// How often a waiting interpreter looks for signals.
const SIGNALS: Duration = Duration::from_millis(50);

/// That of the main thread, for what would run there.
const STACK: usize = 8 << 20;

/// Run one command-line component; its exit code. A signal whose handler raises (Ctrl-C) leaves the command behind.
///
/// `profiled`, where given, is called with its profile as JSON when it has ended, well or not.
#[pyfunction]
#[pyo3(signature = (command, settings, profiled=None))]
pub(crate) fn run(py: Python<'_>, command: &str, settings: &str, profiled: Option<&Bound<'_, PyAny>>) -> PyResult<i32> {
    let command: Command = read("command", command)?;
    let settings: Settings = read("settings", settings)?;
    let profile = profiled.map(|_| Arc::<Profile>::default());
    let gathered = profile.clone();
    let ended = aside(py, "atoll-command", move || atoll_gateway::command::run(command, &settings, gathered.as_ref()))?;
    if let (Some(profiled), Some(profile)) = (profiled, profile) {
        profiled.call1((told(&profile.take())?,))?;
    }
    ended.map_err(|stopped| stopped_as_error(&stopped))
}

/// What `work` gives, on a thread of its own. A signal whose handler raises (Ctrl-C) leaves it behind.
pub(crate) fn aside<T: Send + 'static>(py: Python<'_>, name: &str, work: impl FnOnce() -> T + Send + 'static) -> PyResult<T> {
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new().name(name.into()).stack_size(STACK).spawn(move || {
        // The interpreter may have left.
        let _ = done.send(work());
    })?;
    let ended = Mutex::new(ended);
    loop {
        let received = py.detach(|| ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(SIGNALS));
        match received {
            Ok(outcome) => return Ok(outcome),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                let lost = format!("the thread {name} ended without an answer");
                return Err(raised(&Problem::new(Code::EngineFailed, lost).into()));
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

/// One locked app at a time, ready to serve.
#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Server(listener::Server);

/// An app that is loaded beside the one that a server serves. It can be exchanged for that one once.
#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct NextApp(Mutex<Option<Next>>);

#[pymethods]
impl Server {
    #[new]
    #[pyo3(signature = (locked, settings, progress=None, providers=None, pages=None))]
    fn new(
        py: Python<'_>,
        locked: &str,
        settings: &str,
        progress: Option<Py<PyAny>>,
        providers: Option<&Bound<'_, PyDict>>,
        pages: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let locked: LockedApp = read("locked app", locked)?;
        let settings: Settings = read("settings", settings)?;
        let given = given(providers)?;
        stay_awake(settings.http.busy_poll());
        let pages = pages.map(|draw| -> Arc<dyn Pages> { Arc::new(Drawn(draw)) });
        let watch = |event: &Progress<'_>| tell(progress.as_ref(), event);
        let loaded = py.detach(|| listener::Server::load(&locked, settings, &given, pages, &watch));
        loaded.map(Self).map_err(|problems| raised(&problems))
    }

    #[pyo3(signature = (locked, settings, progress=None, providers=None))]
    fn load(
        &self,
        py: Python<'_>,
        locked: &str,
        settings: &str,
        progress: Option<Py<PyAny>>,
        providers: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<NextApp> {
        let locked: LockedApp = read("locked app", locked)?;
        let settings: Settings = read("settings", settings)?;
        let given = given(providers)?;
        let loaded = py.detach(|| self.0.load_next(&locked, &settings, &given, &|event| tell(progress.as_ref(), event)));
        loaded.map(|next| NextApp(Mutex::new(Some(next)))).map_err(|problems| raised(&problems))
    }

    fn exchange(&self, py: Python<'_>, next: &NextApp) {
        py.detach(|| {
            let next = next.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(next) = next {
                self.0.exchange(next);
            }
        });
    }

    fn previous(&self, py: Python<'_>) -> usize {
        py.detach(|| self.0.previous())
    }

    /// Gather profiles from now on, or no longer. Without effect where the settings allow none.
    fn switch_profiles(&self, on: bool) {
        if let Some(profiles) = self.0.observing().profiles() {
            profiles.switch(on);
        }
    }

    /// What profiles gathered since the last time, as JSON by component.
    fn profiles(&self, py: Python<'_>) -> PyResult<String> {
        told(&py.detach(|| self.0.observing().profiles().map(Profiles::take).unwrap_or_default()))
    }

    /// What was counted so far, as JSON; None where nothing counts.
    fn metrics(&self) -> PyResult<Option<String>> {
        self.0.observing().measure().as_ref().map(told).transpose()
    }

    /// A batch of spans and log records to be exported, as JSON; None where fewer than `least` wait after `timeout` seconds.
    fn telemetry(&self, py: Python<'_>, least: usize, timeout: f64) -> Option<String> {
        let timeout = Duration::try_from_secs_f64(timeout.clamp(0.0, 3_600.0)).unwrap_or_default();
        py.detach(|| self.0.observing().telemetry()?.drain(least, timeout))
    }

    fn report(&self) -> PyResult<String> {
        told(&self.0.report())
    }

    fn start(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.0.start()).map_err(|problem| raised(&problem.into()))
    }

    fn wait(&self, py: Python<'_>, timeout: f64) -> PyResult<bool> {
        let timeout = Duration::try_from_secs_f64(timeout.clamp(0.0, 3_600.0)).unwrap_or_default();
        let ended = py.detach(|| self.0.wait(timeout));
        py.check_signals()?;
        Ok(ended)
    }

    fn stop(&self) {
        self.0.stop();
    }
}

#[pymethods]
impl NextApp {
    fn report(&self) -> PyResult<Option<String>> {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        next.as_ref().map(|next| told(&next.report())).transpose()
    }
}

/// A function of Python that draws the page about a fault: from JSON, a content type and bytes.
struct Drawn(Py<PyAny>);

impl Pages for Drawn {
    fn draw(&self, fault: &str) -> Option<Page> {
        Python::attach(|py| {
            let drawn = self.0.call1(py, (fault,)).and_then(|page| page.extract::<Option<(String, Vec<u8>)>>(py));
            let page = drawn.unwrap_or_else(|error| {
                error.write_unraisable(py, None);
                None
            })?;
            Some(Page { content_type: page.0, body: page.1 })
        })
    }
}

/// Progress is shown for people; a callback that fails must not stop the load.
pub(crate) fn tell(progress: Option<&Py<PyAny>>, event: &Progress<'_>) {
    let (Some(progress), Ok(json)) = (progress, serde_json::to_string(event)) else { return };
    Python::attach(|py| progress.call1(py, (json,)).map(drop).unwrap_or_else(|error| error.write_unraisable(py, None)));
}
