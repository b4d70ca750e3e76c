//! A wish that what runs shall end, from another thread.

use futures::future::{Either, poll_immediate, select};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::Notify;

/// What the future gives, unless it is wished first that it end. The wish is waited for once the future waits.
pub(crate) async fn unless<T>(stop: &Stop, mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    let done = match poll_immediate(future.as_mut()).await {
        Some(done) => done,
        None => match select(future, pin!(stop.wished())).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => return None,
        },
    };
    (!stop.is_wished()).then_some(done)
}

#[derive(Default)]
pub(crate) struct Stop {
    is_wished: Arc<AtomicBool>,
    wished: Notify,
}

impl Stop {
    pub(crate) fn wish(&self) {
        self.is_wished.store(true, SeqCst);
        self.wished.notify_waiters();
    }

    /// For the guest itself, which looks now and then.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        self.is_wished.clone()
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
