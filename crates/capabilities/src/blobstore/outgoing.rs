//! An object on its way from a guest: no more than two portions of it are held, and the guest waits for the rest.

use super::container::{Container, Upload};
use super::places::Place;
use crate::answer::{Answer, Failure};
use bytes::Bytes;
use futures::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{OutputStream, StreamError, StreamResult};

/// So much of an object crosses to its provider at a time.
const PORTION: usize = 256 << 10;
/// So much a guest may hand over in one write.
const PERMIT: usize = 64 << 10;

/// What a guest has written of an object; its stream and the outgoing value itself share it.
#[derive(Clone)]
pub(super) struct Outgoing(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    held: Vec<u8>,
    upload: Option<Box<dyn Upload>>,
    /// A portion that the provider has not taken yet.
    under_way: Option<Answer<()>>,
    failed: Option<Failure>,
    has_stream: bool,
    /// It leads somewhere, or will.
    is_written: bool,
    is_over: bool,
    place: Option<Place>,
}

impl Outgoing {
    /// Takes nothing where there is no `place` for another value.
    pub(super) fn new(place: Result<Place, Failure>) -> Self {
        let written = match place {
            Ok(place) => Written { place: Some(place), ..Written::default() },
            Err(failure) => Written { failed: Some(failure), ..Written::default() },
        };
        Self(Arc::new(Mutex::new(written)))
    }

    /// The stream to write to. Only once.
    pub(super) fn stream(&self) -> Option<Box<dyn OutputStream>> {
        let mut written = self.lock();
        let first = !std::mem::replace(&mut written.has_stream, true);
        first.then(|| -> Box<dyn OutputStream> { Box::new(self.clone()) })
    }

    /// Begin to write to an object.
    pub(super) async fn write_to(&self, container: &dyn Container, name: String) -> Result<(), Failure> {
        let (was_written, failed) = {
            let mut written = self.lock();
            (std::mem::replace(&mut written.is_written, true), written.failed.clone())
        };
        if was_written {
            return Err(Failure::other("the value is written to an object already; make another one for each object"));
        }
        failed.map_or(Ok(()), Err)?;
        let upload = container.write(name).await?;
        self.lock().upload = Some(upload);
        Ok(())
    }

    /// Hand over what is left, and let others see the object.
    pub(super) async fn finish(&self) -> Result<(), Failure> {
        self.lock().is_over = true;
        poll_fn(|cx| self.lock().poll_written(cx, 0)).await?;
        let (upload, failed) = {
            let mut written = self.lock();
            (written.upload.take(), written.failed.take())
        };
        if let Some(failed) = failed {
            return Err(failed);
        }
        let mut upload = upload.ok_or_else(|| Failure::other("the value belongs to no object; call write-data before finish"))?;
        upload.finish().await
    }

    /// The value was dropped unfinished: its stream may live on, and leads nowhere.
    pub(super) fn give_up(&self) {
        self.lock().give_up();
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    fn give_up(&mut self) {
        (self.is_over, self.under_way, self.upload, self.place) = (true, None, None, None);
        self.held = Vec::new();
    }

    /// Hand over portions until no more than `most` bytes are held.
    fn poll_written(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<(), Failure>> {
        loop {
            if let Some(failed) = &self.failed {
                return Poll::Ready(Err(failed.clone()));
            }
            if let Some(under_way) = &mut self.under_way {
                // The next portion is filled while this one is under way.
                let taken = match under_way.as_mut().poll(cx) {
                    Poll::Pending if most > 0 && self.held.len() < most => return Poll::Ready(Ok(())),
                    taken => ready!(taken),
                };
                self.under_way = None;
                self.failed = taken.err();
                continue;
            }
            let Some(upload) = &mut self.upload else { return self.without_upload(most) };
            if self.held.is_empty() || (most > 0 && self.held.len() < most) {
                return Poll::Ready(Ok(()));
            }
            self.under_way = Some(upload.write(std::mem::take(&mut self.held)));
        }
    }

    fn without_upload(&mut self, most: usize) -> Poll<Result<(), Failure>> {
        if most > 0 && self.held.len() >= most {
            let why = format!("more than {PORTION} bytes are written to no object; call write-data before the rest");
            self.failed = Some(Failure::other(why.clone()));
            return Poll::Ready(Err(Failure::other(why)));
        }
        Poll::Ready(Ok(()))
    }
}

fn failed(failure: Failure) -> StreamError {
    StreamError::LastOperationFailed(wasmtime::Error::msg(failure.message))
}

#[wasmtime_wasi_io::async_trait]
impl Pollable for Outgoing {
    async fn ready(&mut self) {
        // What failed is told by the next write.
        let _ = poll_fn(|cx| self.lock().poll_written(cx, PORTION)).await;
    }
}

#[wasmtime_wasi_io::async_trait]
impl OutputStream for Outgoing {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut written = self.lock();
        if written.is_over {
            return Err(StreamError::Closed);
        }
        if bytes.len() > PERMIT || written.held.len() >= PORTION {
            return Err(StreamError::trap("the guest wrote more than it was permitted"));
        }
        written.held.extend_from_slice(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let mut written = self.lock();
        if written.is_over {
            return Err(StreamError::Closed);
        }
        match written.poll_written(&mut Context::from_waker(Waker::noop()), PORTION) {
            Poll::Ready(Ok(())) => Ok(PERMIT),
            Poll::Ready(Err(failure)) => Err(failed(failure)),
            Poll::Pending => Ok(0),
        }
    }
}
