//! The body of an answer: all of it, or one whose guest is still running.

use super::{Driver, Report};
use crate::Body;
use crate::admit::Permit;
use crate::call::too_large;
use crate::observe::Failure;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

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

    /// The bytes that are here already.
    pub fn len(&self) -> u64 {
        match self {
            Self::Whole(frames) => frames.iter().filter_map(Frame::data_ref).map(|data| data.len() as u64).sum(),
            Self::Live(live) => live.sent,
        }
    }

    /// Whether nothing is here yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same, and then `bytes`; not where the guest writes trailers.
    #[must_use]
    pub fn followed_by(mut self, bytes: Bytes) -> Self {
        match &mut self {
            Self::Whole(frames) if frames.iter().all(Frame::is_data) => frames.push_back(Frame::data(bytes)),
            Self::Whole(_) => {}
            Self::Live(live) => live.tail = Some(bytes),
        }
        self
    }

    /// The response of a guest that is still running.
    pub(super) fn live(response: http::Response<Body>, driver: Driver, bodyless: bool) -> http::Response<Self> {
        let (head, body) = response.into_parts();
        let expected = head.headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        // A body that the guest never took will not come, however long the guest goes on.
        let is_empty = body.is_end_stream() && expected.is_none_or(|expected: u64| expected == 0);
        let mut live = Live::new(Some(driver), None, body, expected);
        if bodyless || is_empty || matches!(head.status.as_u16(), 204 | 304) {
            live.detach();
            return http::Response::from_parts(head, Self::empty());
        }
        http::Response::from_parts(head, Self::Live(Box::new(live)))
    }

    /// The body of an instance that is kept: its worker drives it.
    pub(crate) fn kept(body: Body, fate: Arc<Fate>, permit: Permit, report: Report) -> Self {
        let kept = Some(KeptCall { fate, report, _permit: permit });
        Self::Live(Box::new(Live::new(None, kept, body, None)))
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
    /// The body gives nothing more.
    drained: bool,
    ended: bool,
    watcher: Option<Watcher>,
    /// Comes after all that the guest has written.
    tail: Option<Bytes>,
}

/// Told how many bytes of a body were sent when it has ended, well or not.
pub type Watcher = Box<dyn FnOnce(u64) + Send>;

impl Live {
    fn new(driver: Option<Driver>, kept: Option<KeptCall>, body: Body, expected: Option<u64>) -> Self {
        Self { driver, kept, body, sent: 0, expected, drained: false, ended: false, watcher: None, tail: None }
    }

    /// Tell `watcher` once the body has ended.
    pub fn watch(&mut self, watcher: Watcher) {
        self.watcher = Some(watcher);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(Err(failure)) = self.drive(cx) {
            return self.broken(failure);
        }
        if self.drained {
            return self.end();
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
            driver.succeed();
        }
        Some(ended)
    }

    fn pass(&mut self, frame: Frame<Bytes>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
        self.tail.take_if(|_| frame.is_trailers());
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
        self.drained = true;
        // A guest elsewhere may have failed in this moment: its body ends, and why it ended is yet to be said.
        if self.driver.as_ref().is_some_and(|driver| driver.report.usage().is_gone()) {
            return Poll::Pending;
        }
        if let Some(tail) = self.tail.take() {
            return Poll::Ready(Some(Ok(Frame::data(tail))));
        }
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
                Ok(()) => driver.succeed(),
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
        if let Some(watcher) = self.watcher.take() {
            watcher(self.sent);
        }
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
