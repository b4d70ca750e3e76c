//! Everything that observes a process, whatever app it serves: made once, asked by each app that is loaded.

use crate::app::Progress;
use crate::development::{Development, Pages, Recent};
use crate::logs::Logs;
use crate::metrics::{Metrics, Open, Snapshot};
use crate::observed::{Counted, Observed};
use crate::profiles::Profiles;
use crate::recordings::Recordings;
use crate::settings::Settings;
use crate::telemetry::Telemetry;
use atoll_engine::Sandbox;
use atoll_engine::error::Problem;
use atoll_engine::observe::{Observer, Outcome};
use atoll_engine::output::{Lines, Source};
use atoll_engine::record::Record;
use std::sync::Arc;

/// What observes a process: its logs, and by default nothing else.
pub struct Observing {
    metrics: Option<Arc<Metrics>>,
    telemetry: Option<Arc<Telemetry>>,
    profiles: Option<Profiles>,
    logs: Arc<Logs>,
    /// Takes the guests' output.
    lines: Arc<dyn Lines>,
    /// What is remembered of these lines, and what for; None where users ask.
    development: Option<(Arc<Recent>, Arc<Development>)>,
    recordings: Option<Recordings>,
}

impl Observing {
    /// `pages` are drawn where the settings are those of development.
    pub fn new(settings: &Settings, logs: &Arc<Logs>, pages: Option<Arc<dyn Pages>>) -> Result<Arc<Self>, Problem> {
        let recent = Arc::<Recent>::default();
        let drawn = settings.development.as_ref().zip(pages);
        let development = drawn.map(|(settings, pages)| Arc::new(Development::new(settings, pages, recent.clone())));
        let recordings = settings.record.as_ref().map(|record| Recordings::open(record, logs.clone())).transpose()?;
        let observing = Self {
            development: development.map(|development| (recent, development)),
            recordings,
            ..Self::of_lines(settings, logs, logs.clone())
        };
        Ok(Arc::new(observing))
    }

    /// The same where guest output goes elsewhere than to the logs.
    pub fn with_lines(settings: &Settings, logs: &Arc<Logs>, lines: Arc<dyn Lines>) -> Arc<Self> {
        Arc::new(Self::of_lines(settings, logs, lines))
    }

    fn of_lines(settings: &Settings, logs: &Arc<Logs>, lines: Arc<dyn Lines>) -> Self {
        let telemetry = Telemetry::new(&settings.observe).map(Arc::new);
        let metrics = settings.observe.metrics.then(Arc::default);
        let profiles = settings.observe.profiles.then(Profiles::default);
        Self { metrics, telemetry, profiles, logs: logs.clone(), lines, development: None, recordings: None }
    }

    /// Where guest output goes.
    pub fn lines(self: &Arc<Self>) -> Arc<dyn Lines> {
        let exported = self.telemetry.as_ref().is_some_and(|telemetry| telemetry.logs());
        if exported || self.development.is_some() { self.clone() } else { self.lines.clone() }
    }

    /// What developers get beside the answers; None where users ask.
    pub(crate) fn development(&self) -> Option<Arc<Development>> {
        self.development.as_ref().map(|(_, development)| development.clone())
    }

    /// Who hears of each call's end: one for each app, so that who asks can tell whether calls of that app still hold it.
    pub fn observer(self: &Arc<Self>) -> Arc<dyn Observer> {
        Arc::new(Failures(self.clone()))
    }

    /// A component is being compiled, or was.
    pub fn progressed(&self, progress: &Progress<'_>) {
        if let Some(metrics) = &self.metrics {
            metrics.progressed(progress);
        }
    }

    /// Where lines are written.
    pub(crate) fn logs(&self) -> Arc<Logs> {
        self.logs.clone()
    }

    /// A connection was accepted; it is open until the guard is dropped.
    pub(crate) fn connected(&self) -> Option<Open> {
        self.metrics.as_ref().map(Metrics::connected)
    }

    /// What the dispatcher of these components notes of each request; None where nobody wants to know.
    pub fn of(&self, sandboxes: &[Arc<Sandbox>]) -> Option<Observed> {
        if let Some(profiles) = &self.profiles {
            profiles.watch(sandboxes);
        }
        let telemetry = self.telemetry.clone().filter(|telemetry| telemetry.traces());
        let counted = self.metrics.clone().map(|metrics| Counted::new(metrics, sandboxes));
        (telemetry.is_some() || counted.is_some()).then_some(Observed { counted, telemetry })
    }

    /// Where calls are recorded; None where they are not.
    pub(crate) fn recordings(&self) -> Option<&Recordings> {
        self.recordings.as_ref()
    }

    /// What was counted so far, where something counts.
    pub fn measure(&self) -> Option<Snapshot> {
        let snapshot = self.metrics.as_ref()?.snapshot();
        let telemetry_dropped = self.telemetry.as_ref().map_or(0, |telemetry| telemetry.dropped());
        Some(Snapshot { log_lines_dropped: self.logs.dropped(), telemetry_dropped, ..snapshot })
    }

    /// None where nothing can be profiled.
    pub fn profiles(&self) -> Option<&Profiles> {
        self.profiles.as_ref()
    }

    /// Spans and log records that wait to be exported; None where nothing is exported.
    pub fn telemetry(&self) -> Option<Arc<Telemetry>> {
        self.telemetry.clone()
    }
}

impl Lines for Observing {
    fn line(&self, component: &str, request: u64, source: Source, line: &[u8]) {
        self.lines.line(component, request, source, line);
        if let Some((recent, _)) = &self.development {
            recent.line(component, request, source, line);
        }
        if let Some(telemetry) = self.telemetry.as_ref().filter(|telemetry| telemetry.logs()) {
            telemetry.line(component, request, source, line);
        }
    }

    fn record(&self, component: &str, request: u64, record: &Record<'_>) {
        self.lines.record(component, request, record);
        if let Some((recent, _)) = &self.development {
            recent.record(component, request, record);
        }
        if let Some(telemetry) = self.telemetry.as_ref().filter(|telemetry| telemetry.logs()) {
            telemetry.message(component, request, record);
        }
    }
}

/// Writes the end of a failed call to its component's log.
struct Failures(Arc<Observing>);

impl Observer for Failures {
    fn ended(&self, outcome: &Outcome<'_>) {
        if let Some((recent, _)) = &self.0.development {
            recent.ended(outcome);
        }
        let Some(failure) = outcome.failure else { return };
        let text = failure.to_string();
        for line in text.lines() {
            self.0.lines.line(outcome.component, outcome.request, Source::Stderr, line.as_bytes());
        }
        if let Some(telemetry) = &self.0.telemetry
            && telemetry.logs()
        {
            telemetry.failure(outcome.component, outcome.request, failure.code.as_str(), text);
        }
    }
}
