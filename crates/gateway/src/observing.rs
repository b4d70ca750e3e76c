//! Everything that observes a process, whatever app it serves: made once, asked by each app that is loaded.

use crate::app::Progress;
use crate::logs::Logs;
use crate::metrics::{Metrics, Snapshot};
use crate::observed::Observed;
use crate::settings::ObserveSettings;
use atoll_engine::Sandbox;
use std::sync::Arc;

/// What observes a process. By default nothing.
pub struct Observing {
    metrics: Option<Arc<Metrics>>,
    logs: Arc<Logs>,
}

impl Observing {
    pub fn new(settings: &ObserveSettings, logs: &Arc<Logs>) -> Arc<Self> {
        Arc::new(Self { metrics: settings.metrics.then(Arc::default), logs: logs.clone() })
    }

    /// A component is being compiled, or was.
    pub fn progressed(&self, progress: &Progress<'_>) {
        if let Some(metrics) = &self.metrics {
            metrics.progressed(progress);
        }
    }

    /// What the dispatcher of these components notes of each request; None where nobody wants to know.
    pub fn of(&self, sandboxes: &[Arc<Sandbox>]) -> Option<Observed> {
        self.metrics.clone().map(|metrics| Observed::new(metrics, sandboxes))
    }

    /// What was counted so far, where something counts.
    pub fn measure(&self) -> Option<Snapshot> {
        let snapshot = self.metrics.as_ref()?.snapshot();
        Some(Snapshot { log_lines_dropped: self.logs.dropped(), ..snapshot })
    }
}
