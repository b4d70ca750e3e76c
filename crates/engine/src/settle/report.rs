//! What the observer is told of a call's end.

use crate::meter::Usage;
use crate::observe::{Failure, Observer, Outcome};
use crate::recording::Tape;
use crate::sandbox::Sandbox;
use crate::trace::CallTrace;
use std::sync::Arc;

/// Tells the observer how a call ended, exactly once.
pub struct Report {
    sandbox: Arc<Sandbox>,
    request: u64,
    usage: Arc<Usage>,
    observer: Arc<dyn Observer>,
    trace: Option<Arc<CallTrace>>,
    tape: Option<Arc<Tape>>,
    told: bool,
}

impl Report {
    /// Of a call that was let in.
    pub fn new(sandbox: Arc<Sandbox>, request: u64, usage: Arc<Usage>, observer: Arc<dyn Observer>) -> Self {
        if let Some(counters) = sandbox.counters() {
            counters.admitted();
        }
        Self { sandbox, request, usage, observer, trace: None, tape: None, told: false }
    }

    /// Of a call under trace.
    pub fn traced(mut self, trace: Option<Arc<CallTrace>>) -> Self {
        self.trace = trace;
        self
    }

    /// Of a call that is recorded.
    pub fn recorded(mut self, tape: Option<Arc<Tape>>) -> Self {
        self.tape = tape;
        self
    }

    /// The guest has answered; whether that is sent is another matter.
    pub fn answered(&self, status: http::StatusCode) {
        if let Some(tape) = &self.tape {
            tape.answered(status);
        }
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
        let outcome = Outcome {
            component: &self.sandbox.id,
            request: self.request,
            failure,
            cancelled,
            cpu: self.usage.cpu(),
            peak_memory: self.usage.peak_memory(),
        };
        if let Some(counters) = self.sandbox.counters() {
            counters.ended(&outcome);
        }
        if let Some(trace) = &self.trace {
            trace.ended(&outcome);
        }
        if let Some(tape) = &self.tape {
            tape.close(&outcome);
        }
        self.observer.ended(&outcome);
    }

    pub(crate) fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    pub(crate) fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.tell(None, true);
        if let Some(counters) = self.sandbox.counters() {
            counters.left();
        }
    }
}
