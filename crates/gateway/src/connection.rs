//! One client connection, from its first request to its last.

use crate::dispatch::{Client, Dispatcher};
use crate::settings::HttpSettings;
use atoll_engine::settle::Answer;
use atoll_rules::headers::Scheme;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, Parts};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// For a client that does not finish its request's head in time.
const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// The protocol's settings, made once.
pub(crate) fn protocol(settings: &HttpSettings) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout())
        .max_headers(settings.max_headers)
        // The smallest buffer that hyper accepts is 8 KiB.
        .max_buf_size(settings.max_header_bytes.max(8 << 10))
        .pipeline_flush(true);
    builder
}

/// Serve `stream` until it closes, or until `stopping` lets its last request finish.
pub(crate) async fn serve(
    protocol: http1::Builder,
    stream: TcpStream,
    address: SocketAddr,
    dispatcher: Arc<Dispatcher>,
    mut stopping: watch::Receiver<bool>,
) {
    // A response is written in few pieces; waiting for more would only delay it.
    let _ = stream.set_nodelay(true);
    let Ok(header) = HeaderValue::try_from(address.to_string()) else { return };
    let client = Client { address, header, scheme: Scheme::Http };
    let service = service_fn(|request: Request<Incoming>| {
        let (dispatcher, client) = (&dispatcher, &client);
        async move { Ok::<Response<Answer>, Infallible>(dispatcher.answer(request, client).await) }
    });
    let mut connection = protocol.serve_connection(TokioIo::new(stream), service);
    let mut leaving = false;
    let ended = poll_fn(|cx| {
        if !leaving && *stopping.borrow_and_update() {
            leaving = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        let polled = Pin::new(&mut connection).poll(cx);
        if !leaving && polled.is_pending() {
            // Registers for the change; the loop above reads it.
            let _ = pin!(stopping.changed()).poll(cx).map(|_| cx.waker().wake_by_ref());
        }
        polled
    })
    .await;
    if ended.is_err_and(|error| error.is_timeout()) {
        too_slow(connection.into_parts()).await;
    }
}

/// A client that began a request hears why it is cut off; an idle one only sees the connection close.
async fn too_slow<S>(parts: Parts<TokioIo<TcpStream>, S>) {
    if parts.read_buf.is_empty() {
        return;
    }
    let mut stream = parts.io.into_inner();
    // The client may be gone already.
    let _ = stream.write_all(TOO_SLOW).await;
    let _ = stream.shutdown().await;
}
