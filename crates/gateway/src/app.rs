//! A locked app, loaded: each component compiled and linked, each route with what answers it.

use crate::answer::{Fixed, OwnPaths};
use crate::apps::engine_settings;
use crate::locked::{Component, Executor, HttpTrigger, LockedApp, Trigger};
use crate::settings::Settings;
use atoll_capabilities::network::{Granted, GrantedNetwork, Shared};
use atoll_capabilities::rooms::Providers;
use atoll_capabilities::{logging, otel, variables};
use atoll_engine::ahead::{self, Ahead};
use atoll_engine::compile::{Compiled, Wanted};
use atoll_engine::error::{Code, Problem, Problems};
use atoll_engine::sandbox::{Purpose, Settings as SandboxSettings};
use atoll_engine::snapshot::Start;
use atoll_engine::{Engine, Grants, Mount, Sandbox};
use atoll_rules::headers::RouteHeaders;
use atoll_rules::hosts::AllowedHosts;
use atoll_rules::routes::{Declared, Route, Router};
use base64::Engine as _;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What a route leads to.
pub enum Target {
    Component { index: usize, executor: Executor },
    Fixed(Fixed),
}

/// What stands behind a route, with the headers it adds.
pub struct Leads {
    pub target: Target,
    pub headers: RouteHeaders,
}

/// A loaded app.
pub struct LoadedApp {
    pub sandboxes: Vec<Arc<Sandbox>>,
    pub router: Router<Leads>,
    pub own: OwnPaths,
    /// Components by id, for calls inside the app.
    pub by_id: BTreeMap<String, usize>,
    pub duplicates: Vec<String>,
}

/// What happens while an app is loaded, for whoever watches.
#[derive(Serialize)]
pub struct Progress<'a> {
    pub event: &'static str,
    pub component: &'a str,
    pub done: usize,
    pub total: usize,
    pub seconds: f64,
}

/// Told of each component that starts or ends compiling.
pub type Watch<'a> = &'a (dyn Fn(&Progress<'_>) + Sync);

/// Load `locked`: all problems at once.
pub fn load(
    engine: &Engine,
    backends: &Backends,
    locked: &LockedApp,
    settings: &Settings,
    watch: Watch<'_>,
) -> Result<LoadedApp, Problems> {
    let mut problems = Problems::default();
    let triggers = http_triggers(locked, &mut problems);
    let purposes = purposes(&triggers);
    let compiled = compile_all(engine, locked, &sources(locked, settings), watch);
    let ids: Vec<&str> = locked.components.iter().map(|component| component.id.as_str()).collect();
    let mut sandboxes = Vec::new();
    for (component, compiled) in locked.components.iter().zip(compiled) {
        let purpose = purposes.get(component.id.as_str()).copied().unwrap_or(Purpose::Http);
        let compiled = compiled.map_err(|problem| Problems::from(problem.component(&component.id)));
        let granted = sandbox_settings(component, purpose, &ids, backends, settings);
        let loaded = compiled.and_then(|compiled| engine.load(&compiled, granted?));
        match loaded {
            Ok(sandbox) => sandboxes.push(Arc::new(sandbox)),
            Err(found) => problems.0.extend(found.0),
        }
    }
    let by_id: BTreeMap<String, usize> = ids.iter().enumerate().map(|(index, id)| ((*id).to_owned(), index)).collect();
    let router = routes(&triggers, &by_id, &mut problems);
    problems.into_result()?;
    let Some((router, duplicates)) = router else { return Err(Problems::default()) };
    Ok(LoadedApp { sandboxes, router, own: OwnPaths::new(&locked.metadata), by_id, duplicates })
}

fn http_triggers<'a>(locked: &'a LockedApp, problems: &mut Problems) -> Vec<(&'a Trigger, HttpTrigger)> {
    let http = locked.triggers.iter().filter(|trigger| trigger.trigger_type == "http");
    http.filter_map(|trigger| {
        let read = serde_json::from_value(trigger.trigger_config.clone()).map_err(|error| {
            Problem::new(Code::TriggerInvalid, format!("the trigger `{}` cannot be read: {error}", trigger.id))
                .hint("an HTTP trigger has `route`, and `component` or `static_response`")
        });
        problems.take(read).map(|read| (trigger, read))
    })
    .collect()
}

/// A component behind a wagi executor is a command; every other one answers HTTP.
fn purposes<'a>(triggers: &'a [(&Trigger, HttpTrigger)]) -> BTreeMap<&'a str, Purpose> {
    let pairs = triggers.iter().filter_map(|(_, trigger)| {
        let purpose = match trigger.executor {
            Some(Executor::Wagi { .. }) => Purpose::Command,
            _ => Purpose::Http,
        };
        Some((trigger.component.as_deref()?, purpose))
    });
    pairs.collect()
}

/// Compile every component of an app ahead, for engines with these settings; each source once, beside its component's id.
pub fn ahead(locked: &LockedApp, settings: &Settings) -> Result<Vec<(String, Ahead)>, Problem> {
    let sources = sources(locked, settings);
    let settings = engine_settings(locked, settings);
    let distinct = (0..sources.len()).filter(|&index| !sources[..index].contains(&sources[index]));
    distinct
        .map(|index| {
            let id = &locked.components[index].id;
            let Source { code, wanted } = &sources[index];
            let made = bytes(code).and_then(|wasm| ahead::compile(&settings, &wasm, wanted));
            Ok((id.clone(), made.map_err(|problem| problem.component(id))?))
        })
        .collect()
}

type Outcome = Result<Arc<Compiled>, Problem>;

/// Compile each source once, two at a time: a compilation uses all cores for most of its time.
fn compile_all(engine: &Engine, locked: &LockedApp, sources: &[Source], watch: Watch<'_>) -> Vec<Outcome> {
    let distinct: BTreeSet<usize> = (0..sources.len()).filter(|index| !sources[..*index].contains(&sources[*index])).collect();
    let total = distinct.len();
    let results: Mutex<BTreeMap<usize, Outcome>> = Mutex::default();
    let waiting = Mutex::new(distinct.into_iter());
    let work = || {
        while let Some(index) = lock(&waiting).next() {
            let id = locked.components[index].id.as_str();
            let started = Instant::now();
            let progress =
                |event, done| watch(&Progress { event, component: id, done, total, seconds: started.elapsed().as_secs_f64() });
            progress("compiling", lock(&results).len());
            let Source { code, wanted } = &sources[index];
            let outcome = bytes(code).and_then(|wasm| engine.compile(&wasm, wanted)).map(Arc::new);
            let event = if outcome.as_ref().is_ok_and(|compiled| compiled.cached) { "cached" } else { "compiled" };
            lock(&results).insert(index, outcome);
            progress(event, lock(&results).len());
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let first = |index: usize| sources.iter().position(|source| *source == sources[index]).unwrap_or(index);
    let missing = || Problem::new(Code::EngineFailed, "the compiler stopped without an answer");
    (0..sources.len()).map(|index| results.get(&first(index)).cloned().unwrap_or_else(|| Err(missing()))).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the components of an app may be granted.
pub struct Backends {
    pub network: Arc<Shared>,
    pub providers: Providers,
    /// None where nothing is exported.
    pub telemetry: Option<Arc<dyn otel::Telemetry>>,
}

/// What one compilation is made from.
#[derive(PartialEq)]
struct Source {
    /// A file, or the bytes themselves.
    code: Result<PathBuf, Vec<u8>>,
    wanted: Wanted,
}

fn sources(locked: &LockedApp, settings: &Settings) -> Vec<Source> {
    locked.components.iter().map(|component| Source::of(component, settings.record.is_some())).collect()
}

impl Source {
    fn of(component: &Component, recorded: bool) -> Self {
        let code = match (&component.source.source, &component.source.inline) {
            (Some(url), _) => Ok(path_of(url)),
            (None, Some(inline)) => Err(base64::engine::general_purpose::STANDARD.decode(inline).unwrap_or_default()),
            (None, None) => Err(Vec::new()),
        };
        let atoll = &component.metadata.atoll;
        let env = component.env.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let start = atoll.snapshot.then(|| Start { limits: atoll.limits.clone(), env });
        Self { code, wanted: Wanted { reused: !atoll.reuse.is_off(), library: false, adapted: recorded, start } }
    }
}

fn bytes(code: &Result<PathBuf, Vec<u8>>) -> Result<Vec<u8>, Problem> {
    match code {
        Ok(path) => atoll_engine::guest::read(path),
        Err(bytes) => Ok(bytes.clone()),
    }
}

/// The path that a `file://` URL, or a plain path, names.
fn path_of(url: &str) -> PathBuf {
    url::Url::parse(url).ok().and_then(|url| url.to_file_path().ok()).unwrap_or_else(|| PathBuf::from(url))
}

/// What makes the sandbox of a component, but for its code.
pub fn sandbox_settings(
    component: &Component,
    purpose: Purpose,
    ids: &[&str],
    backends: &Backends,
    settings: &Settings,
) -> Result<SandboxSettings, Problems> {
    let id: Arc<str> = component.id.as_str().into();
    let allowed = AllowedHosts::parse(&component.metadata.allowed_outbound_hosts, ids).map_err(|found| {
        Problems(found.into_iter().map(|problem| ruled(problem, "allowed_outbound_hosts").component(&*id)).collect())
    })?;
    if component.metadata.atoll.snapshot && !component.files.is_empty() {
        let why = "it has files, which its start would open";
        return Err(atoll_engine::snapshot::refused(&why).component(&*id).into());
    }
    let network = Arc::new(Granted::new(id.clone(), allowed, backends.network.clone()));
    let granted = backends.providers.granted(&component.metadata.labels, &component.metadata.atoll.rooms, &network);
    let mut rooms = granted.map_err(|found| Problems(found.0.into_iter().map(|problem| problem.component(&*id)).collect()))?;
    let provider = backends.providers.variables.clone();
    rooms.variables = variables::Granted::new(id.clone(), component.config.clone(), provider);
    rooms.logging = logging::Granted::new(id.clone(), backends.network.lines.clone());
    if let Some(telemetry) = &backends.telemetry {
        rooms.otel = otel::Granted::new(id.clone(), backends.network.lines.clone(), telemetry.clone());
    }
    let mut limits = component.metadata.atoll.limits.clone().share(settings.workers);
    limits.memory_bytes = settings.max_instance_memory.unwrap_or(limits.memory_bytes);
    limits.deadline_ms = settings.request_timeout_ms.unwrap_or(limits.deadline_ms);
    let mounts = component.files.iter().filter_map(|files| {
        let host = path_of(files.source.as_deref()?);
        Some(Mount { host, guest: files.path.clone(), writable: settings.allow_transient_write })
    });
    Ok(SandboxSettings {
        purpose,
        limits,
        reuse: component.metadata.atoll.reuse.clone(),
        grants: Grants {
            env: component.env.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            mounts: mounts.collect(),
            network: Arc::new(GrantedNetwork(network)),
            rooms: Some(Arc::new(rooms)),
        },
        id,
    })
}

/// A problem of the rules as a problem of the app.
pub fn ruled(problem: atoll_rules::Problem, key: &str) -> Problem {
    let code = Code::ALL.iter().copied().find(|code| code.as_str() == problem.code).unwrap_or(Code::LockedInvalid);
    let coded = Problem::new(code, problem.message).at(key, problem.value);
    match problem.hint {
        Some(hint) => coded.hint(hint),
        None => coded,
    }
}

type Routes = Option<(Router<Leads>, Vec<String>)>;

fn routes(triggers: &[(&Trigger, HttpTrigger)], by_id: &BTreeMap<String, usize>, problems: &mut Problems) -> Routes {
    let mut declared = Vec::new();
    for (trigger, http) in triggers {
        let route = Declared::read(&http.route).map_err(|problem| ruled(problem, "route"));
        let Some(Declared::Path(path)) = problems.take(route) else { continue };
        let Some(leads) = problems.take(leads(trigger, http, &path, by_id)) else { continue };
        declared.push((path, leads));
    }
    match Router::build(declared) {
        Ok((router, duplicates)) => Some((router, duplicates.into_iter().map(|duplicate| duplicate.route).collect())),
        Err(found) => {
            problems.0.extend(found.into_iter().map(|problem| ruled(problem, "route")));
            None
        }
    }
}

fn leads(trigger: &Trigger, http: &HttpTrigger, path: &str, by_id: &BTreeMap<String, usize>) -> Result<Leads, Problem> {
    let route = Route::parse(path).map_err(|problem| ruled(problem, "route"))?;
    let headers = RouteHeaders::new(&route).map_err(|problem| ruled(problem, "route"))?;
    let target = match (&http.component, &http.static_response) {
        (None, Some(fixed)) => Target::Fixed(Fixed::new(&trigger.id, fixed)?),
        (Some(id), None) => {
            let index = *by_id.get(id).ok_or_else(|| {
                Problem::new(
                    Code::TriggerInvalid,
                    format!("the trigger `{}` names the component `{id}`, which does not exist", trigger.id),
                )
                .hint("name a component of this app")
                .at("component", id.clone())
            })?;
            Target::Component { index, executor: executor(trigger, http)? }
        }
        _ => {
            return Err(Problem::new(
                Code::TriggerInvalid,
                format!("the trigger `{}` needs `component` or `static_response`, and only one", trigger.id),
            ));
        }
    };
    Ok(Leads { target, headers })
}

fn executor(trigger: &Trigger, http: &HttpTrigger) -> Result<Executor, Problem> {
    let executor = http.executor.clone().unwrap_or_default();
    match &executor {
        Executor::Wagi { entrypoint: Some(name), .. } if name != "_start" => {
            Err(Problem::new(Code::TriggerInvalid, format!("the trigger `{}` wants the entry point `{name}`", trigger.id))
                .hint("only `_start` can be called; remove `entrypoint`")
                .at("entrypoint", name.clone()))
        }
        _ => Ok(executor),
    }
}
