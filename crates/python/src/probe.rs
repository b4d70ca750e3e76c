//! What a sandbox costs by itself, for benchmarks; how an address is read, for tests.

use crate::errors::raised;
use crate::host::{read, told};
use atoll_engine::{EngineSettings, probe};
use atoll_rules::hosts::OutboundUrl;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::time::Duration;

/// The scheme, host and port that a grant is looked up by when a guest names this address; None for what is none.
#[pyfunction]
pub(crate) fn probe_address(address: &str, scheme: &str) -> Option<(String, String, Option<u16>)> {
    let url = OutboundUrl::parse(address, scheme).ok()?;
    Some((url.scheme().to_owned(), url.host().to_string(), url.port()))
}

/// Call the component at `path` again and again for so many seconds; what a call took, as JSON.
#[pyfunction]
pub(crate) fn probe_calls(py: Python<'_>, path: PathBuf, engine: &str, seconds: f64) -> PyResult<String> {
    let settings: EngineSettings = read("engine settings", engine)?;
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    told(&py.detach(|| probe::calls(&settings, &path, time)).map_err(|problems| raised(&problems))?)
}

/// Hold so many instances of the component at `path` at once; what one takes, as JSON.
#[pyfunction]
pub(crate) fn probe_live(py: Python<'_>, path: PathBuf, engine: &str, count: usize) -> PyResult<String> {
    let settings: EngineSettings = read("engine settings", engine)?;
    told(&py.detach(|| probe::live(&settings, &path, count)).map_err(|problems| raised(&problems))?)
}
