//! WIT, for Python: as text, as a tree, packed, held against components, and as bindings.

use crate::errors::raised;
use crate::host::{aside, told};
use atoll_engine::Problem;
use atoll_wit::Wit;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What `work` makes of WIT, on a thread with room for deep types.
fn asked<T: Send + 'static>(py: Python<'_>, work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> PyResult<T> {
    aside(py, "atoll-wit", work)?.map_err(|problem| raised(&problem.into()))
}

/// The WIT at `path` as text; with `whole` all that it needs behind it.
#[pyfunction]
pub(crate) fn wit_text(py: Python<'_>, path: PathBuf, whole: bool) -> PyResult<String> {
    asked(py, move || Wit::read(&path)?.text(whole))
}

/// Each of its packages as a text of its own, by name.
#[pyfunction]
pub(crate) fn wit_texts(py: Python<'_>, path: PathBuf) -> PyResult<BTreeMap<String, String>> {
    asked(py, move || Wit::read(&path)?.texts())
}

/// The same as the parser's own tree, as JSON.
#[pyfunction]
pub(crate) fn wit_tree(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    asked(py, move || Wit::read(&path)?.tree())
}

/// The same as wasm.
#[pyfunction]
pub(crate) fn wit_packed(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyBytes>> {
    let packed = asked(py, move || Wit::read(&path)?.packed())?;
    Ok(PyBytes::new(py, &packed))
}

/// The packages at `path`, and those that they need, as JSON.
#[pyfunction]
pub(crate) fn wit_needs(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    told(&asked(py, move || atoll_wit::needs(&path))?)
}

/// The differences of a component from a world, as JSON.
#[pyfunction]
pub(crate) fn wit_target(py: Python<'_>, component: PathBuf, wit: PathBuf, world: Option<String>) -> PyResult<String> {
    told(&asked(py, move || atoll_wit::target(&component, &Wit::read(&wit)?, world.as_deref()))?)
}

/// Go's bindings for a world: files by their paths in the package `module`.
#[pyfunction]
pub(crate) fn go_bindings(
    py: Python<'_>,
    wit: PathBuf,
    world: Option<String>,
    module: String,
) -> PyResult<BTreeMap<String, String>> {
    asked(py, move || atoll_wit::go(&Wit::read(&wit)?, world.as_deref(), &module))
}
