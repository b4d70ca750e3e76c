//! A request's body on its way in: whole, or fed in portions.

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc::{Receiver, Sender, channel};
use futures::task::AtomicWaker;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, ready};
use wasmtime_wasi_http::Error;

/// Portions that wait for the guest, beside the one that each feed may always put down.
const ROOM: usize = 1;

/// The body of a request.
pub enum Asked {
    /// All of it; none once it is taken.
    Whole(Option<Bytes>),
    Fed(Fed),
}

impl Asked {
    pub fn whole(body: Bytes) -> Self {
        Self::Whole((!body.is_empty()).then_some(body))
    }

    /// A body of that length, if it is known, that the feed will bring; `when_wanted` not before the guest asks for it.
    pub fn fed(length: Option<u64>, when_wanted: bool) -> (Self, Feed) {
        let (sender, portions) = channel(ROOM);
        let wanted = Wanted(Arc::new(Want { is_there: AtomicBool::new(!when_wanted), waker: AtomicWaker::new() }));
        let feed = Feed { sender, wanted: wanted.0.clone() };
        (Self::Fed(Fed { portions, wanted, left: length, ended: length == Some(0) }), feed)
    }
}

/// A body as the guest reads it. Without its end, it has broken off.
pub struct Fed {
    portions: Receiver<Option<Bytes>>,
    wanted: Wanted,
    /// Bytes that are still to come, where the length was said.
    left: Option<u64>,
    ended: bool,
}

/// Whether the body was asked for, and who waits to know.
struct Want {
    is_there: AtomicBool,
    waker: AtomicWaker,
}

/// A guest's end of it. A guest that is gone waits for nothing.
struct Wanted(Arc<Want>);

impl Wanted {
    fn say(&self) {
        if !self.0.is_there.swap(true, SeqCst) {
            self.0.waker.wake();
        }
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.say();
    }
}

/// Brings a body.
pub struct Feed {
    sender: Sender<Option<Bytes>>,
    wanted: Arc<Want>,
}

impl Feed {
    /// Whether there is room for the next portion; also where nobody wants it any more.
    pub fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.wanted.is_there.load(SeqCst) {
            self.wanted.waker.register(cx.waker());
            // It may have been said in between.
            if !self.wanted.is_there.load(SeqCst) {
                return Poll::Pending;
            }
        }
        self.sender.poll_ready(cx).map(drop)
    }

    /// Put down a portion for which there is room, and behind the last one the end.
    pub fn put(&mut self, portion: Bytes) {
        if !portion.is_empty() {
            // The guest may have ended, or want no more.
            let _ = self.sender.try_send(Some(portion));
        }
    }

    /// The body is whole.
    pub fn end(&mut self) {
        // A channel has a place of its own for each of its senders.
        let _ = self.sender.clone().try_send(None);
        self.sender.close_channel();
    }
}

impl Body for Asked {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.get_mut() {
            Self::Whole(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Self::Fed(fed) => fed.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_none(),
            Self::Fed(fed) => fed.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Self::Fed(fed) => fed.left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

impl Fed {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.wanted.say();
        match ready!(self.portions.poll_next_unpin(cx)) {
            Some(Some(portion)) => {
                let length = portion.len() as u64;
                self.left = self.left.map(|left| left.saturating_sub(length));
                self.ended = self.left == Some(0);
                Poll::Ready(Some(Ok(Frame::data(portion))))
            }
            Some(None) => {
                self.ended = true;
                Poll::Ready(None)
            }
            // The client has left.
            None => Poll::Ready(Some(Err(Error::ConnectionTerminated))),
        }
    }
}
