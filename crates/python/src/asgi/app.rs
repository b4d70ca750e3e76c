//! `InProcess`: an app that was loaded.

use super::call::Call;
use super::guest_lines::GuestLines;
use super::scope::{Asking, read_scope};
use crate::errors::raised;
use crate::host::{read, tell, told};
use crate::providers::given;
use atoll_engine::error::Problem;
use atoll_engine::output::Lines;
use atoll_gateway::app::Progress;
use atoll_gateway::in_process::{self, Household};
use atoll_gateway::locked::LockedApp;
use atoll_gateway::settings::Settings;
use atoll_gateway::told::{Teller, Told};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyDict;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The household of this process, which begins with its first app. A child of a fork begins its own: of threads and locks it has none
/// that could be used.
fn household() -> Result<Arc<Household>, Problem> {
    static HOUSEHOLD: Mutex<Option<(u32, Arc<Household>)>> = Mutex::new(None);
    let mut begun = HOUSEHOLD.lock().unwrap_or_else(PoisonError::into_inner);
    match &*begun {
        Some((id, household)) if *id == std::process::id() => Ok(household.clone()),
        _ => {
            let household = Household::start()?;
            // To end the parent's would wait for threads that are not here.
            std::mem::forget(begun.replace((std::process::id(), household.clone())));
            Ok(household)
        }
    }
}

/// One locked app, ready to be asked.
#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct InProcess {
    app: ManuallyDrop<in_process::InProcess>,
    told: Option<Arc<Told>>,
    process: u32,
}

#[pymethods]
impl InProcess {
    /// With `keeps_lines`, guest output waits in `lines` instead of going where the settings say.
    #[new]
    #[pyo3(signature = (locked, settings, progress=None, providers=None, keeps_lines=false))]
    fn new(
        py: Python<'_>,
        locked: &str,
        settings: &str,
        progress: Option<Py<PyAny>>,
        providers: Option<&Bound<'_, PyDict>>,
        keeps_lines: bool,
    ) -> PyResult<Self> {
        let locked: LockedApp = read("locked app", locked)?;
        let settings: Settings = read("settings", settings)?;
        let given = given(providers)?;
        let told = keeps_lines.then(Arc::<Told>::default);
        let lines = told.clone().map(|told| -> Arc<dyn Lines> { Arc::new(Teller(told)) });
        let loaded = py.detach(|| {
            let watch = |event: &Progress<'_>| tell(progress.as_ref(), event);
            in_process::InProcess::load(&household()?, &locked, &settings, &given, &watch, lines)
        });
        let app = ManuallyDrop::new(loaded.map_err(|problems| raised(&problems))?);
        Ok(Self { app, told, process: std::process::id() })
    }

    fn report(&self) -> PyResult<String> {
        told(&self.app.report())
    }

    /// What was counted so far, as JSON; None where nothing counts.
    fn metrics(&self) -> PyResult<Option<String>> {
        self.app.observing().measure().as_ref().map(told).transpose()
    }

    /// A batch of spans and log records to be exported, as JSON; None where fewer than `least` wait after `timeout` seconds.
    fn telemetry(&self, py: Python<'_>, least: usize, timeout: f64) -> Option<String> {
        let timeout = Duration::try_from_secs_f64(timeout.clamp(0.0, 3_600.0)).unwrap_or_default();
        py.detach(|| self.app.observing().telemetry()?.drain(least, timeout))
    }

    /// Where guest output waits, if it does.
    fn lines(&self) -> Option<GuestLines> {
        self.told.clone().map(GuestLines)
    }

    /// Ask the app. The request's body is `body`, or is given to the call in portions. All messages of an answer that is here already,
    /// else the call.
    fn ask<'py>(&self, scope: &Bound<'py, PyDict>, body: Option<PyBackedBytes>) -> PyResult<Bound<'py, PyAny>> {
        let py = scope.py();
        let Asking { request, client, feed, trailers } = match read_scope(scope, body)? {
            Ok(asking) => asking,
            Err(status) => return Ok(super::messages::refused(py, status)?.into_any()),
        };
        let call = Call::new(py.detach(|| self.app.ask(request, client)), feed, trailers);
        match call.whole(py)? {
            Some(messages) => Ok(messages.into_any()),
            None => Ok(Bound::new(py, call)?.into_any()),
        }
    }

    fn is_idle(&self) -> bool {
        self.app.is_idle()
    }

    /// End the calls whose answers are awaited.
    fn leave(&self) {
        self.app.leave();
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            // SAFETY: nothing uses the app after this.
            unsafe { ManuallyDrop::drop(&mut self.app) };
        }
    }
}
