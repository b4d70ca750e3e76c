//! Recorded calls, run again, for Python.

use crate::errors::raised;
use crate::host::{aside, read, told};
use atoll_capabilities::rooms::ROOMS;
use atoll_engine::compile::Wanted;
use atoll_engine::replay::{Follow, Recorded, Replayed, Step};
use atoll_engine::snapshot::Start;
use atoll_engine::{Engine, EngineSettings, Limits, Problems};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How the call is run again.
#[derive(Deserialize)]
struct Settings {
    engine: EngineSettings,
    /// How long the guest may run, without the time that whoever follows it takes.
    patience_ms: u64,
    #[serde(default)]
    guest: Guest,
}

/// What the recording says of its guest.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Guest {
    limits: Limits,
    env: BTreeMap<String, String>,
    snapshot: bool,
    reused: bool,
    adapted: bool,
}

/// Run a recorded call again in `wasm`; what came of it, as JSON.
///
/// `follow`, where given, is called with each step as JSON; it says whether to go on.
#[pyfunction]
#[pyo3(signature = (recording, wasm, settings, follow=None))]
pub(crate) fn replay(
    py: Python<'_>,
    recording: &str,
    wasm: PyBackedBytes,
    settings: &str,
    follow: Option<Py<PyAny>>,
) -> PyResult<String> {
    let settings: Settings = read("settings", settings)?;
    let recorded = Recorded::read(recording).map_err(|problem| raised(&problem.into()))?;
    let follow = follow.map(followed);
    let replayed = aside(py, "atoll-replay", move || again(recorded, &wasm, settings, follow))?;
    told(&replayed.map_err(|problems| raised(&problems))?)
}

fn again(recorded: Recorded, wasm: &[u8], settings: Settings, follow: Option<Follow>) -> Result<Replayed, Problems> {
    let Settings { engine, patience_ms, guest: Guest { mut limits, env, snapshot, reused, adapted } } = settings;
    let start = snapshot.then(|| Start { limits: limits.clone(), env: env.into_iter().collect() });
    let engine = Engine::with_rooms(&engine, ROOMS)?;
    let compiled = engine.compile(wasm, &Wanted { reused, library: false, adapted, start })?;
    // The time that somebody looks at a step is not the guest's.
    limits.cpu_ms = patience_ms;
    engine.replay(&compiled, recorded, limits, Duration::from_millis(patience_ms), follow)
}

fn followed(follow: Py<PyAny>) -> Follow {
    Box::new(move |step: &Step<'_>| {
        let Ok(json) = serde_json::to_string(step) else { return false };
        Python::attach(|py| {
            let goes_on = follow.call1(py, (json,)).and_then(|goes_on| goes_on.extract::<bool>(py));
            goes_on.unwrap_or_else(|error| {
                error.write_unraisable(py, None);
                false
            })
        })
    })
}
