//! Everything that observes a process, whatever app it serves: made once, asked by each app that is loaded.

use crate::app::Progress;
use crate::logs::Logs;
use crate::metrics::{Metrics, Open, Snapshot};
use crate::observed::{Counted, Observed};
use crate::settings::ObserveSettings;
use crate::telemetry::Telemetry;
use atoll_engine::Sandbox;
use atoll_engine::observe::{Observer, Outcome};
use atoll_engine::output::{Lines, Source};
use atoll_engine::record::Record;
use std::sync::Arc;

/// What observes a process: its logs, and by default nothing else.
pub struct Observing {
    metrics: Option<Arc<Metrics>>,
    telemetry: Option<Arc<Telemetry>>,
    logs: Arc<Logs>,
    /// Takes the guests' output.
    lines: Arc<dyn Lines>,
}

impl Observing {
    pub fn new(settings: &ObserveSettings, logs: &Arc<Logs>) -> Arc<Self> {
        Self::with_lines(settings, logs, logs.clone())
    }

    /// The same where guest output goes elsewhere than to the logs.
    pub fn with_lines(settings: &ObserveSettings, logs: &Arc<Logs>, lines: Arc<dyn Lines>) -> Arc<Self> {
        let telemetry = Telemetry::new(settings).map(Arc::new);
        Arc::new(Self { metrics: settings.metrics.then(Arc::default), telemetry, logs: logs.clone(), lines })
    }

    /// Where guest output goes.
    pub fn lines(self: &Arc<Self>) -> Arc<dyn Lines> {
        match &self.telemetry {
            Some(telemetry) if telemetry.logs() => self.clone(),
            _ => self.lines.clone(),
        }
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
        let telemetry = self.telemetry.clone().filter(|telemetry| telemetry.traces());
        let counted = self.metrics.clone().map(|metrics| Counted::new(metrics, sandboxes));
        (telemetry.is_some() || counted.is_some()).then_some(Observed { counted, telemetry })
    }

    /// What was counted so far, where something counts.
    pub fn measure(&self) -> Option<Snapshot> {
        let snapshot = self.metrics.as_ref()?.snapshot();
        let telemetry_dropped = self.telemetry.as_ref().map_or(0, |telemetry| telemetry.dropped());
        Some(Snapshot { log_lines_dropped: self.logs.dropped(), telemetry_dropped, ..snapshot })
    }

    /// Spans and log records that wait to be exported; None where nothing is exported.
    pub fn telemetry(&self) -> Option<Arc<Telemetry>> {
        self.telemetry.clone()
    }
}

impl Lines for Observing {
    fn line(&self, component: &str, request: u64, source: Source, line: &[u8]) {
        self.lines.line(component, request, source, line);
        if let Some(telemetry) = &self.telemetry {
            telemetry.line(component, request, source, line);
        }
    }

    fn record(&self, component: &str, request: u64, record: &Record<'_>) {
        self.lines.record(component, request, record);
        if let Some(telemetry) = &self.telemetry {
            telemetry.message(component, request, record);
        }
    }
}

/// Writes the end of a failed call to its component's log.
struct Failures(Arc<Observing>);

impl Observer for Failures {
    fn ended(&self, outcome: &Outcome<'_>) {
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
