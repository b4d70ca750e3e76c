//! Where a call of Python's runs, and on whose behalf.

use super::Job;
use super::awaited::{Cancel, Loop};
use super::threads::Threads;
use pyo3::prelude::*;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) enum Place {
    /// On one of the threads for what may block.
    Threads,
    /// On an event loop.
    Events(Loop),
    /// With the thread that called the guest, and waits for it.
    Desk(Arc<dyn Desk>),
}

impl Job {
    /// On this thread, at once.
    pub(crate) fn run(self, py: Python<'_>) {
        (self.end)((self.begin)(py));
    }
}

/// Takes the jobs of one call.
pub(crate) trait Desk: Send + Sync {
    fn put(&self, job: Job);
}

/// Who called the guest.
pub(crate) struct Caller {
    /// Where `def` functions run.
    pub(crate) plain: Place,
    /// Where `async def` functions run; none is the loop of the process.
    pub(crate) events: Option<Loop>,
    /// The context variables of who called.
    pub(crate) context: Option<Arc<Py<PyAny>>>,
}

impl Place {
    /// What cancels the job, where that is possible.
    pub(super) fn put(&self, job: Job) -> Option<Cancel> {
        match self {
            Self::Threads => Threads::of_process().put(job),
            Self::Events(events) => return Some(events.put(job)),
            Self::Desk(desk) => desk.put(job),
        }
        None
    }
}
