//! A wish that what runs shall end, from another thread.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Stop {
    is_wished: AtomicBool,
    wished: Notify,
}

impl Stop {
    pub(crate) fn wish(&self) {
        self.is_wished.store(true, SeqCst);
        self.wished.notify_waiters();
    }

    pub(crate) fn is_wished(&self) -> bool {
        self.is_wished.load(SeqCst)
    }

    /// Until it is wished, be it before.
    pub(crate) async fn wished(&self) {
        let wished = self.wished.notified();
        if !self.is_wished() {
            wished.await;
        }
    }
}
