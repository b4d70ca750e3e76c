//! One client connection, from its first request to its last.

use crate::apps::Apps;
use crate::compress::{Accepts, Sent};
use crate::dispatch::{Client, Dispatcher};
use crate::observing::Observing;
use crate::protocol::{Prefixed, Protocols, Version, sniff};
use crate::proxied;
use crate::socket::Stream;
use crate::tls::Tls;
use crate::upload::Upload;
use crate::vigil::Vigil;
use atoll_rules::headers::Scheme;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::Parts;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

/// For a client that does not finish its request's head in time.
const TOO_SLOW: &str = "408 Request Timeout";

/// What all connections of a listener share.
pub(crate) struct Front {
    pub(crate) apps: Arc<Apps>,
    pub(crate) observing: Arc<Observing>,
    pub(crate) protocols: Protocols,
    pub(crate) tls: Option<Tls>,
    /// Every connection begins with a header of the PROXY protocol.
    pub(crate) proxied: bool,
    /// Answers are compressed for those who take it.
    pub(crate) compress: bool,
    pub(crate) vigil: Arc<Vigil>,
    /// True once the server leaves.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// Serve `stream` until it closes, or until the server leaves and its last request has ended.
pub(crate) async fn serve(front: Arc<Front>, stream: Stream, address: SocketAddr) {
    let _open = front.observing.connected();
    let mut stopping = front.stopping.clone();
    // Nothing was asked yet, so nothing is lost where the server leaves.
    let opened = tokio::select! {
        biased;
        _ = stopping.wait_for(|stopping| *stopping) => return,
        opened = open(&front, stream, address) => opened,
    };
    let Some((opened, address)) = opened else { return };
    let Ok(header) = HeaderValue::try_from(address.to_string()) else { return };
    let scheme = if front.tls.is_some() { Scheme::Https } else { Scheme::Http };
    let client = Client { address, header, scheme };
    match opened {
        Opened::Plain(version, stream) => speak(&front, version, stream, client).await,
        Opened::Secure(version, stream) => speak(&front, version, *stream, client).await,
    }
}

/// A connection that is ready for its first request.
enum Opened {
    Plain(Version, Prefixed<Stream>),
    Secure(Version, Box<tokio_rustls::server::TlsStream<Prefixed<Stream>>>),
}

/// The connection, and whom it comes from.
async fn open(front: &Front, stream: Stream, peer: SocketAddr) -> Option<(Opened, SocketAddr)> {
    let patience = front.protocols.patience;
    let (stream, client) =
        if front.proxied { proxied::receive(stream, peer, patience).await? } else { (Prefixed::new(Bytes::new(), stream), peer) };
    let Some(tls) = &front.tls else {
        let (version, stream) = sniff(stream, patience).await?;
        return Some((Opened::Plain(version, stream), client));
    };
    let accepted = tokio::time::timeout(patience, tls.acceptor.accept(stream)).await;
    // A client that fails its handshake hears so from TLS itself.
    let stream = accepted.ok()?.ok()?;
    let version = if stream.get_ref().1.alpn_protocol() == Some(b"h2") { Version::Http2 } else { Version::Http1 };
    Some((Opened::Secure(version, Box::new(stream)), client))
}

async fn speak<S>(front: &Front, version: Version, stream: S, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match version {
        Version::Http1 => http1(front, stream, &client).await,
        Version::Http2 => http2(front, stream, client).await,
    }
}

async fn http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(front: &Front, stream: S, client: &Client) {
    let service = service_fn(|request: Request<Incoming>| async move {
        let _attended = front.vigil.attend();
        let app = front.apps.current();
        Ok::<_, Infallible>(answer(&app, request, client, front.compress).await)
    });
    let mut connection = front.protocols.http1.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = until_stopped(front, &mut connection, |connection| connection.graceful_shutdown()).await {
        last_words(&error, connection.into_parts()).await;
    }
}

async fn http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(front: &Front, stream: S, client: Client) {
    let (apps, client, compress, vigil) = (front.apps.clone(), Arc::new(client), front.compress, front.vigil.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        // The app of this moment: an idle connection holds none.
        let (app, client, vigil) = (apps.current(), client.clone(), vigil.clone());
        async move {
            let _attended = vigil.attend();
            Ok::<_, Infallible>(answer(&app, request, &client, compress).await)
        }
    });
    let mut connection = front.protocols.http2.serve_connection(TokioIo::new(stream), service);
    // What went wrong was told to the client in a frame.
    let _ = until_stopped(front, &mut connection, |connection| connection.graceful_shutdown()).await;
}

async fn answer(app: &Dispatcher, request: Request<Incoming>, client: &Client, compress: bool) -> Response<Sent> {
    if !compress {
        return app.answer(Upload::of(request), client).await.map(Sent::Plain);
    }
    let accepts = Accepts::of(&request);
    accepts.apply(app.answer(Upload::of(request), client).await)
}

async fn until_stopped<C>(front: &Front, connection: &mut C, leave: impl Fn(Pin<&mut C>)) -> C::Output
where
    C: Future + Unpin,
{
    let mut stopping = front.stopping.clone();
    // True once the server leaves, or is gone.
    let mut stopped = pin!(stopping.wait_for(|stopping| *stopping));
    let mut leaving = false;
    poll_fn(|cx| {
        if !leaving && stopped.as_mut().poll(cx).is_ready() {
            leaving = true;
            leave(Pin::new(connection));
        }
        Pin::new(&mut *connection).poll(cx)
    })
    .await
}

/// Hyper answers a malformed head itself. Where it only closes, a client that began a request hears why.
async fn last_words<S: AsyncWrite + Unpin, F>(error: &hyper::Error, parts: Parts<TokioIo<S>, F>) {
    if !error.is_timeout() || parts.read_buf.is_empty() {
        return;
    }
    let answer = format!("HTTP/1.1 {TOO_SLOW}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let mut stream = parts.io.into_inner();
    // The client may be gone already.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
