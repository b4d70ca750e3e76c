//! A response that is still on its way when its guest is done: what came in goes out again, and flows through the guest's store.

use crate::Body;
use crate::call::{ResponseReceiver, ResponseSender};
use bytes::Bytes;
use futures::channel::oneshot;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use wasmtime_wasi_http::Error;

/// Hand the response on; done once its body has ended, or nobody reads it any more.
pub(super) async fn on(response: ResponseReceiver, to: ResponseSender) {
    let Ok(response) = response.await else { return };
    let (passing, passed) = oneshot::channel();
    let passing = |body| Passing { body, passing: Some(passing) }.boxed_unsync();
    // Whoever asked may be gone.
    let _ = to.send(response.map(|response| response.map(passing)));
    let _ = passed.await;
}

/// A body, and who is told of its end.
struct Passing {
    body: Body,
    passing: Option<oneshot::Sender<Infallible>>,
}

impl http_body::Body for Passing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(None | Some(Err(_))) = &polled {
            self.passing = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
