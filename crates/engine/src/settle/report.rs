//! What the observer is told of a call's end.

use crate::meter::Usage;
use crate::observe::{Failure, Observer, Outcome};
use std::sync::Arc;

/// Tells the observer how a call ended, exactly once.
pub struct Report {
    component: Arc<str>,
    request: u64,
    usage: Arc<Usage>,
    observer: Arc<dyn Observer>,
    told: bool,
}

impl Report {
    pub fn new(component: Arc<str>, request: u64, usage: Arc<Usage>, observer: Arc<dyn Observer>) -> Self {
        Self { component, request, usage, observer, told: false }
    }

    /// The call failed.
    pub fn fail(mut self, failure: Failure) -> Failure {
        self.tell(Some(&failure), false);
        failure
    }

    /// The call ended well.
    pub fn succeed(mut self) {
        self.tell(None, false);
    }

    pub(crate) fn tell(&mut self, failure: Option<&Failure>, cancelled: bool) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        self.observer.ended(&Outcome {
            component: &self.component,
            request: self.request,
            failure,
            cancelled,
            cpu: self.usage.cpu(),
            peak_memory: self.usage.peak_memory(),
        });
    }

    pub(crate) fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.tell(None, true);
    }
}
