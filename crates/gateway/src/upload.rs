//! A request's body on its way in.

use bytes::Bytes;
use http::{Request, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;

/// What is left of a body is read up to here, and for so long.
const MOST: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(2);

/// The body of a request. What a guest leaves unread of a small one is read after all: on HTTP/1 the connection would end
/// otherwise, and a client that has sent its next request on it could not know whether that was seen.
pub(crate) struct Upload {
    /// None once it is taken.
    body: Option<Incoming>,
    /// Where the rest is read. None where it is not.
    runtime: Option<Handle>,
}

impl Upload {
    pub(crate) fn of(request: Request<Incoming>) -> Request<Self> {
        // A client that waits for `100 Continue` sends no body behind a final answer.
        let reads_rest = request.version() <= Version::HTTP_11
            && !request.body().is_end_stream()
            && !request.headers().contains_key(header::EXPECT);
        let runtime = reads_rest.then(Handle::current);
        request.map(|body| Self { body: Some(body), runtime })
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let (Some(runtime), Some(body)) = (self.runtime.take(), self.body.take())
            && !body.is_end_stream()
            && body.size_hint().lower() <= MOST
        {
            // A timer can only be made on the runtime, and this thread may be another.
            runtime.spawn(async { tokio::time::timeout(PATIENCE, rest(body)).await });
        }
    }
}

async fn rest(mut body: Incoming) {
    let mut left = MOST;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        match left.checked_sub(length) {
            Some(less) => left = less,
            None => return,
        }
    }
}
