//! `GuestLines`: guest output that waits for Python's logging.

use atoll_engine::output::Source;
use atoll_gateway::logs::number;
use atoll_gateway::told::{Entry, Told};
use pyo3::prelude::*;
use std::sync::Arc;
use std::time::Duration;

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct GuestLines(pub(super) Arc<Told>);

type Line = (String, String, &'static str, Option<String>, String, String);

#[pymethods]
impl GuestLines {
    /// Wait for so many seconds, or until something came; False once nothing will come any more.
    fn wait(&self, py: Python<'_>, timeout: f64) -> bool {
        let timeout = Duration::try_from_secs_f64(timeout.clamp(0.0, 3_600.0)).unwrap_or_default();
        py.detach(|| self.0.wait(timeout))
    }

    /// What waits: component, request, stream, level, context and text; and how many lines were dropped.
    fn take(&self) -> (Vec<Line>, u64) {
        let (entries, dropped) = self.0.take();
        (entries.into_iter().map(line).collect(), dropped)
    }
}

fn line(entry: Entry) -> Line {
    let stream = match entry.source {
        Source::Stdout => "stdout",
        Source::Stderr => "stderr",
    };
    let level = entry.level.map(|level| level.to_string());
    (entry.component, number(entry.request), stream, level, entry.context, entry.text)
}
