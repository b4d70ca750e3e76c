//! The runtime that connections live on. A guest may call from another thread, which computes for long or ends before they do.

use hyper::rt::Executor;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Handle;

/// Until it is named, connections live where they are made.
#[derive(Clone, Default)]
pub struct Home(Arc<OnceLock<Handle>>);

impl Home {
    /// Where connections live from now on.
    pub fn name(&self, handle: Handle) {
        // A process has one.
        let _ = self.0.set(handle);
    }

    /// Run `work` there; None where it was ended with its runtime.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        match self.0.get() {
            Some(home) if home.id() != Handle::current().id() => home.spawn(work).await.ok(),
            _ => Some(work.await),
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Home {
    fn execute(&self, work: F) {
        match self.0.get() {
            Some(home) => drop(home.spawn(work)),
            None => drop(tokio::spawn(work)),
        }
    }
}
