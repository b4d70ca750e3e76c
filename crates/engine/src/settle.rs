//! The end of a call: its response on the way out, its outcome recorded, its sandbox gone.
//!
//! No task is spawned for a call. Whoever polls the response's body polls the guest with it: a slow client slows its guest, and a client
//! that leaves drops the guest.

use crate::Body;
use crate::admit::Permit;
use crate::call::{ResponseReceiver, Run, too_large};
use crate::meter::{Metered, Usage};
use crate::observe::{Failure, Observer, Outcome};
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

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

/// Drives one guest to its end.
pub struct Driver {
    run: Option<Metered<Run>>,
    permit: Option<Permit>,
    report: Report,
}

impl Driver {
    pub(crate) fn new(run: Metered<Run>, permit: Permit, report: Report) -> Self {
        Self { run: Some(run), permit: Some(permit), report }
    }

    fn finish(&mut self, ended: wasmtime::Result<()>) -> Result<(), Failure> {
        // The instance goes before its permit: the pool must never be asked for more than it has.
        self.run = None;
        self.permit = None;
        ended.map_err(|error| Failure::of(&error, self.report.usage()))
    }

    fn fail(self, failure: Failure) -> Failure {
        self.report.fail(failure)
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
    let response = match (received, ended.take()) {
        (Some(Ok(response)), _) if response.status().is_informational() => return Err(driver.fail(interim(response.status()))),
        (Some(Ok(response)), None) => return Ok(live(response, driver, bodyless)),
        (Some(Ok(response)), Some(Ok(()))) => response,
        (_, Some(Err(failure))) => return Err(driver.fail(failure)),
        (Some(Err(error)), _) => return Err(driver.fail(answered_with(&error))),
        (None, Some(Ok(()))) => return Err(driver.fail(Failure::no_response())),
        (None, None) => {
            // The sender is gone, so the run is about to end with the reason.
            let failure = (&mut driver).await.err().unwrap_or_else(Failure::no_response);
            return Err(driver.fail(failure));
        }
    };
    whole(response, driver).await
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

fn live(response: http::Response<Body>, driver: Driver, bodyless: bool) -> http::Response<Answer> {
    let (head, body) = response.into_parts();
    let expected = head.headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut live = Live { driver: Some(driver), kept: None, body, sent: 0, expected, ended: false };
    if bodyless || matches!(head.status.as_u16(), 204 | 304) {
        live.detach();
        return http::Response::from_parts(head, Answer::empty());
    }
    http::Response::from_parts(head, Answer::Live(Box::new(live)))
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
    driver.report.succeed();
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

/// Why a body ends early; the connection is then cut, so that the client cannot take the part for the whole.
#[derive(Debug)]
pub struct BrokenOff(pub Failure);

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the response broke off: {}", self.0.message)
    }
}

impl std::error::Error for BrokenOff {}

/// The body of an answer.
pub enum Answer {
    /// All of it is here.
    Whole(VecDeque<Frame<Bytes>>),
    /// The guest is still at it.
    Live(Box<Live>),
}

impl Answer {
    pub fn empty() -> Self {
        Self::Whole(VecDeque::new())
    }

    pub fn of(bytes: Bytes) -> Self {
        Self::Whole(if bytes.is_empty() { VecDeque::new() } else { VecDeque::from([Frame::data(bytes)]) })
    }

    /// The body of an instance that is kept: its worker drives it.
    pub(crate) fn kept(body: Body, fate: Arc<Fate>, permit: Permit, report: Report) -> Self {
        let kept = Some(KeptCall { fate, report, _permit: permit });
        Self::Live(Box::new(Live { driver: None, kept, body, sent: 0, expected: None, ended: false }))
    }
}

/// Whether the instance that several calls share has trapped.
#[derive(Debug, Default)]
pub(crate) struct Fate(AtomicBool);

impl Fate {
    pub(crate) fn trapped(&self) {
        self.0.store(true, Relaxed);
    }
}

struct KeptCall {
    fate: Arc<Fate>,
    report: Report,
    _permit: Permit,
}

/// A body whose guest is still running.
pub struct Live {
    driver: Option<Driver>,
    kept: Option<KeptCall>,
    body: Body,
    sent: u64,
    expected: Option<u64>,
    ended: bool,
}

impl Live {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(Err(failure)) = self.drive(cx) {
            return self.broken(failure);
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(frame))) => self.pass(frame),
            Poll::Ready(Some(Err(error))) => {
                let message = format!("the guest's response body broke off: {error}");
                self.broken(Failure::new(crate::Code::GuestNoResponse, message))
            }
            Poll::Ready(None) => self.end(),
        }
    }

    fn drive(&mut self, cx: &mut Context<'_>) -> Option<Result<(), Failure>> {
        let driver = self.driver.as_mut()?;
        let Poll::Ready(ended) = Pin::new(driver).poll(cx) else {
            return None;
        };
        if let Some(driver) = self.driver.take_if(|_| ended.is_ok()) {
            driver.report.succeed();
        }
        Some(ended)
    }

    fn pass(&mut self, frame: Frame<Bytes>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
        let usage = match (&self.driver, &self.kept) {
            (Some(driver), _) => driver.report.usage(),
            (None, Some(kept)) => kept.report.usage(),
            (None, None) => return Poll::Ready(Some(Ok(frame))),
        };
        if self.sent > usage.limits().response_bytes {
            let failure = too_large(usage);
            return self.broken(failure);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn end(&mut self) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.ended = true;
        if let Some(kept) = &mut self.kept {
            if kept.fate.0.load(Relaxed) {
                let failure = Failure::new(crate::Code::GuestTrapped, "the guest trapped while it wrote its response");
                return self.broken(failure);
            }
            kept.report.tell(None, false);
        }
        Poll::Ready(None)
    }

    fn broken(&mut self, failure: Failure) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(mut driver) = self.driver.take() {
            driver.report.tell(Some(&failure), false);
        }
        if let Some(mut kept) = self.kept.take() {
            kept.report.tell(Some(&failure), false);
        }
        Poll::Ready(Some(Err(BrokenOff(failure))))
    }

    fn is_complete(&self) -> bool {
        self.ended || self.expected.is_some_and(|expected| self.sent >= expected)
    }

    /// The client has all it will get; what the guest still does, it does on its own.
    fn detach(&mut self) {
        let Some(mut driver) = self.driver.take() else {
            return;
        };
        let mut body = std::mem::replace(&mut self.body, empty());
        tokio::spawn(async move {
            let mut open = true;
            let ended = poll_fn(|cx| {
                while open && let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(cx) {
                    open = matches!(frame, Some(Ok(_)));
                }
                Pin::new(&mut driver).poll(cx)
            })
            .await;
            match ended {
                Ok(()) => driver.report.succeed(),
                Err(failure) => drop(driver.fail(failure)),
            }
        });
    }
}

fn empty() -> Body {
    http_body_util::BodyExt::boxed_unsync(http_body_util::BodyExt::map_err(http_body_util::Empty::new(), |never| match never {}))
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.is_complete() {
            if let Some(kept) = &mut self.kept {
                kept.report.tell(None, false);
            }
            self.detach();
        }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Self::Whole(frames) => Poll::Ready(frames.pop_front().map(Ok)),
            Self::Live(live) => live.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(frames) => frames.is_empty(),
            Self::Live(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(frames) if frames.iter().all(Frame::is_data) => {
                SizeHint::with_exact(frames.iter().filter_map(Frame::data_ref).map(|data| data.len() as u64).sum())
            }
            _ => SizeHint::default(),
        }
    }
}
