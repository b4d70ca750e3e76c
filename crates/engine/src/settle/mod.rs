//! The end of a call: its response on the way out, its outcome recorded, its sandbox gone.
//!
//! No task is spawned for a call. Whoever polls the response's body polls the guest with it: a slow client slows its guest, and a client
//! that leaves drops the guest.

mod answer;
mod report;

pub(crate) use answer::Fate;
pub use answer::{Answer, BrokenOff, Live, Watcher};
pub use report::Report;

use crate::Body;
use crate::aside::Placed;
use crate::call::{ResponseReceiver, too_large};
use crate::observe::Failure;
use crate::ready::{self, Ended};
use bytes::Bytes;
use http_body::{Body as _, Frame};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Drives one guest to its end.
pub(crate) struct Driver {
    run: Option<Placed>,
    report: Report,
    /// Whether the instance is taken down after the answer is sent, elsewhere.
    later: bool,
}

impl Driver {
    pub(crate) fn new(run: Placed, report: Report) -> Self {
        Self { run: Some(run), report, later: false }
    }

    /// Nobody else waits for this thread, so it need not be done with one call before the next.
    pub(crate) fn clears_later(&mut self) {
        self.later = true;
    }

    fn finish(&mut self, ended: wasmtime::Result<Option<Ended>>) -> Result<(), Failure> {
        self.run = None;
        let ended = ended.map_err(|error| Failure::of(&error, self.report.usage()))?;
        if let Some(ended) = ended.filter(|_| self.later && self.report.usage().cpu() < ready::SHORT) {
            self.report.sandbox().clear(ended);
        }
        Ok(())
    }

    fn fail(self, failure: Failure) -> Failure {
        self.report.fail(failure)
    }

    fn succeed(self) {
        self.report.succeed();
    }
}

impl Future for Driver {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(run) = &mut self.run else {
            return Poll::Ready(Ok(()));
        };
        match Pin::new(run).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(ended) => Poll::Ready(self.finish(ended)),
        }
    }
}

/// Run the guest until its response begins.
pub(crate) async fn respond(
    mut driver: Driver,
    mut rx: ResponseReceiver,
    bodyless: bool,
) -> Result<http::Response<Answer>, Failure> {
    let mut ended = None;
    let received = poll_fn(|cx| {
        if ended.is_none()
            && let Poll::Ready(result) = Pin::new(&mut driver).poll(cx)
        {
            ended = Some(result);
        }
        match Pin::new(&mut rx).poll(cx) {
            Poll::Ready(received) => Poll::Ready(received.ok()),
            Poll::Pending if ended.is_some() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    if let Some(Ok(response)) = &received {
        driver.report.answered(response.status());
    }
    match (received, ended.take()) {
        (Some(Ok(response)), _) if response.status().is_informational() => Err(driver.fail(interim(response.status()))),
        (Some(Ok(response)), None) => Ok(Answer::live(response, driver, bodyless)),
        (Some(Ok(response)), Some(Ok(()))) => whole(response, driver).await,
        (_, Some(Err(failure))) => Err(driver.fail(failure)),
        (Some(Err(error)), _) => Err(driver.fail(answered_with(&error))),
        (None, Some(Ok(()))) => Err(driver.fail(Failure::no_response())),
        (None, None) => {
            // The sender is gone, so the run is about to end with the reason.
            let failure = (&mut driver).await.err().unwrap_or_else(Failure::no_response);
            Err(driver.fail(failure))
        }
    }
}

fn answered_with(error: &wasmtime::Error) -> Failure {
    Failure::new(crate::Code::GuestNoResponse, format!("the guest answered with an error: {error:#}"))
}

/// A guest may not speak the protocol's own part: interim answers and upgrades.
fn interim(status: http::StatusCode) -> Failure {
    Failure::new(
        crate::Code::GuestNoResponse,
        format!("the guest answered with status {}, which is not a final one", status.as_u16()),
    )
}

/// The guest has ended, so all it wrote is here: a body of known length spares the chunked coding.
async fn whole(response: http::Response<Body>, driver: Driver) -> Result<http::Response<Answer>, Failure> {
    let (mut head, mut body) = response.into_parts();
    let mut frames = VecDeque::new();
    let mut left = driver.report.usage().limits().response_bytes;
    let broken = poll_fn(|cx| {
        loop {
            match Pin::new(&mut body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    let size = frame.data_ref().map_or(0, |data| data.len() as u64);
                    if size > left {
                        return Poll::Ready(Some(too_large(driver.report.usage())));
                    }
                    left -= size;
                    frames.push_back(frame);
                }
                Poll::Ready(Some(Err(error))) => {
                    let message = format!("the guest's response body broke off: {error}");
                    return Poll::Ready(Some(Failure::new(crate::Code::GuestNoResponse, message)));
                }
                Poll::Ready(None) | Poll::Pending => return Poll::Ready(None),
            }
        }
    })
    .await;
    if let Some(failure) = broken {
        return Err(driver.fail(failure));
    }
    driver.succeed();
    announce_trailers(&mut head, &frames);
    Ok(http::Response::from_parts(head, Answer::Whole(frames)))
}

/// HTTP/1.1 sends only those trailers that the head announces.
fn announce_trailers(head: &mut http::response::Parts, frames: &VecDeque<Frame<Bytes>>) {
    let Some(trailers) = frames.back().and_then(Frame::trailers_ref) else { return };
    let names: Vec<&str> = trailers.keys().map(http::HeaderName::as_str).collect();
    if let (Ok(names), false) = (names.join(", ").parse(), head.headers.contains_key(http::header::TRAILER)) {
        head.headers.insert(http::header::TRAILER, names);
    }
}
