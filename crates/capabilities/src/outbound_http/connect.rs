//! Connections for guests: the address that is connected to is checked, not only the name it came from.

use crate::connections::{Permit, Permits};
use crate::outbound_http::home::Home;
use atoll_rules::networks::BlockedNetworks;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Why no connection came about.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("the URL names no host")]
    NoHost,
    #[error("the name `{0}` does not resolve: {1}")]
    Dns(String, io::Error),
    #[error("every address of `{0}` is in a blocked network")]
    Blocked(String),
    #[error("no connection within {0:?}")]
    Timeout(Duration),
    #[error("there are as many connections as may be")]
    Full,
    #[error("the server is ending")]
    Ended,
    #[error("{0}")]
    Io(io::Error),
}

/// Connects to addresses outside the blocked networks.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) blocked: Arc<BlockedNetworks>,
    pub(super) permits: Permits,
    pub(super) timeout: Duration,
    pub(super) home: Home,
}

impl Connector {
    async fn connect(self, uri: Uri) -> Result<TokioIo<Stream>, ConnectError> {
        let host = uri.host().ok_or(ConnectError::NoHost)?;
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let permit = self.permits.wait().await.ok_or(ConnectError::Full)?;
        let work = async {
            let addresses = resolve(host, port).await?;
            let free: Vec<SocketAddr> = addresses.into_iter().filter(|address| !self.blocked.blocks(address.ip())).collect();
            if free.is_empty() {
                return Err(ConnectError::Blocked(host.to_owned()));
            }
            let stream = TcpStream::connect(free.as_slice()).await.map_err(ConnectError::Io)?;
            // A request is written in few pieces; waiting for more would only delay it.
            stream.set_nodelay(true).map_err(ConnectError::Io)?;
            Ok(TokioIo::new(Stream(stream, permit)))
        };
        tokio::time::timeout(self.timeout, work).await.map_err(|_| ConnectError::Timeout(self.timeout))?
    }
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = tokio::net::lookup_host((bare, port)).await.map_err(|error| ConnectError::Dns(bare.to_owned(), error))?;
    Ok(found.collect())
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connector, home) = (self.clone(), self.home.clone());
        Box::pin(async move { home.run(connector.connect(uri)).await.unwrap_or(Err(ConnectError::Ended)) })
    }
}

/// A TCP connection, as the client wants it.
pub(super) struct Stream(TcpStream, #[expect(dead_code, reason = "it is given back with the connection")] Permit);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
