//! Waiting in a thread of the user's, who may want out: Ctrl-C ends it.

use pyo3::prelude::*;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

/// How often a waiting thread looks for signals.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What the future gives. Raises what a handler of a signal raised meanwhile.
pub(crate) fn patiently<T: Send>(py: Python<'_>, future: impl Future<Output = T> + Send) -> PyResult<T> {
    let waker = Waker::from(Arc::new(Sleeper(std::thread::current())));
    let mut future = pin!(future);
    loop {
        let polled = py.detach(|| match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => {
                std::thread::park_timeout(LOOK);
                future.as_mut().poll(&mut Context::from_waker(&waker))
            }
            ready => ready,
        });
        match polled {
            Poll::Ready(value) => return Ok(value),
            Poll::Pending => py.check_signals()?,
        }
    }
}
