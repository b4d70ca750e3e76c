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
const TOO_SLOW: &str = "408 Request Timeout";
/// For a client that begins with HTTP/2, which needs to be negotiated.
const OTHER_VERSION: &str = "505 HTTP Version Not Supported";
const OTHER_PREFACE: &[u8] = b"PRI * HTTP/2.0";

/// The protocol's settings, made once.
pub(crate) fn protocol(settings: &HttpSettings) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout())
        .max_headers(settings.max_headers)
        .max_header_size(settings.max_header_bytes)
        // The smallest buffer that hyper accepts is 8 KiB.
        .max_buf_size(settings.max_header_bytes.max(8 << 10));
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
    // True once the server leaves, or is gone.
    let mut stopped = pin!(stopping.wait_for(|stopping| *stopping));
    let mut leaving = false;
    let ended = poll_fn(|cx| {
        if !leaving && stopped.as_mut().poll(cx).is_ready() {
            leaving = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        Pin::new(&mut connection).poll(cx)
    })
    .await;
    if let Err(error) = ended {
        last_words(&error, connection.into_parts()).await;
    }
}

/// Hyper answers a malformed head itself. Where it only closes, a client that began a request hears why.
async fn last_words<S>(error: &hyper::Error, parts: Parts<TokioIo<TcpStream>, S>) {
    let status = if error.is_timeout() && !parts.read_buf.is_empty() {
        TOO_SLOW
    } else if parts.read_buf.starts_with(OTHER_PREFACE) {
        OTHER_VERSION
    } else {
        return;
    };
    let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let mut stream = parts.io.into_inner();
    // The client may be gone already.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
