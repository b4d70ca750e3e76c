//! An object on its way to a guest: the next portion is asked for when the last one is read.

use super::container::Value;
use super::places::Place;
use crate::answer::{Failure, Pages};
use bytes::Bytes;
use futures::StreamExt;
use futures::future::poll_fn;
use std::task::{Context, Poll, ready};
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{InputStream, StreamError, StreamResult};

/// The stream that `wasi:io` reads from.
pub(super) struct Incoming {
    portions: Pages<u8>,
    left: u64,
    held: Bytes,
    failed: Option<Failure>,
    _place: Place,
}

impl Incoming {
    pub(super) fn new(value: Value, place: Place) -> Self {
        Self { portions: value.portions, left: value.size, held: Bytes::new(), failed: None, _place: place }
    }

    pub(super) fn size(&self) -> u64 {
        self.left
    }

    /// All at once, for guests that want no stream. The caller has looked at the size.
    pub(super) async fn whole(mut self) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::with_capacity(usize::try_from(self.left).unwrap_or(0));
        while self.left > 0 {
            poll_fn(|cx| self.poll_portion(cx)).await;
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            all.extend_from_slice(&self.take(usize::MAX));
        }
        Ok(all)
    }

    fn poll_portion(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.held.is_empty() && self.failed.is_none() && self.left > 0 {
            match ready!(self.portions.poll_next_unpin(cx)) {
                Some(Ok(mut portion)) => {
                    portion.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
                    self.held = portion.into();
                }
                Some(Err(failure)) => self.failed = Some(failure),
                None => self.failed = Some(Failure::other("the object ended before its size was reached")),
            }
        }
        Poll::Ready(())
    }

    fn take(&mut self, most: usize) -> Bytes {
        let taken = self.held.split_to(most.min(self.held.len()));
        self.left -= taken.len() as u64;
        taken
    }
}

#[wasmtime_wasi_io::async_trait]
impl Pollable for Incoming {
    async fn ready(&mut self) {
        poll_fn(|cx| self.poll_portion(cx)).await;
    }
}

#[wasmtime_wasi_io::async_trait]
impl InputStream for Incoming {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        // It is here already, or the guest waits.
        let _ = self.poll_portion(&mut Context::from_waker(std::task::Waker::noop()));
        if let Some(failed) = self.failed.take() {
            self.left = 0;
            return Err(StreamError::LastOperationFailed(wasmtime::Error::msg(failed.message)));
        }
        if self.left == 0 {
            return Err(StreamError::Closed);
        }
        Ok(self.take(size))
    }
}
