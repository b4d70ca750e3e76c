//! Compiling ahead, for Python: an app's machine code, and its way into another machine's cache.

use crate::errors::raised;
use crate::host::{aside, read};
use atoll_engine::Problem;
use atoll_engine::ahead::{self, Ahead};
use atoll_gateway::locked::LockedApp;
use atoll_gateway::settings::Settings;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Component, key, kind of engine, code.
type Made<'py> = (String, String, String, Bound<'py, PyBytes>);

/// What an app's components are compiled to.
#[pyfunction]
pub(crate) fn compiled_ahead<'py>(py: Python<'py>, locked: &str, settings: &str) -> PyResult<Vec<Made<'py>>> {
    let (locked, settings): (LockedApp, Settings) = (read("locked app", locked)?, read("settings", settings)?);
    let made = aside(py, "atoll-compile", move || atoll_gateway::app::ahead(&locked, &settings))?;
    let made = made.map_err(|problem: Problem| raised(&problem.into()))?;
    Ok(made.into_iter().map(|(id, one)| (id, one.key, one.tasks, PyBytes::new(py, &one.code))).collect())
}

/// Take code that was compiled ahead into the cache of the settings; whether it was not there.
#[pyfunction]
pub(crate) fn adopt_ahead(
    py: Python<'_>,
    settings: &str,
    features: Vec<String>,
    key: String,
    tasks: String,
    code: Vec<u8>,
) -> PyResult<bool> {
    let mut settings: Settings = read("settings", settings)?;
    settings.engine.features.extend(features);
    let adopted = aside(py, "atoll-compile", move || ahead::adopt(&settings.engine, &Ahead { key, tasks, code }))?;
    adopted.map_err(|problem: Problem| raised(&problem.into()))
}
