//! Which HTTP a connection speaks, and the limits of each.

use crate::settings::HttpSettings;
use bytes::{Buf, Bytes, BytesMut};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// What every HTTP/2 connection begins with, as far as it sets it apart: HTTP/1 has no such method.
const PREFACE: &[u8] = b"PRI ";
const FIRST_READ: usize = 8 << 10;
/// Streams of one connection at the same time.
const STREAMS: u32 = 256;
/// A connection that says nothing is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);

/// The settings of both protocols, made once.
#[derive(Clone)]
pub(crate) struct Protocols {
    pub(crate) http1: http1::Builder,
    pub(crate) http2: http2::Builder<TokioExecutor>,
    /// For a request's head, and for a handshake.
    pub(crate) patience: Duration,
}

impl Protocols {
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(settings.header_timeout())
            .max_headers(settings.max_headers)
            .max_header_size(settings.max_header_bytes)
            // The smallest buffer that hyper accepts is 8 KiB.
            .max_buf_size(settings.max_header_bytes.max(8 << 10));
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(settings.max_header_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_EVERY);
        Self { http1, http2, patience: settings.header_timeout() }
    }
}

/// A protocol that a connection may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Http1,
    Http2,
}

/// Read until the connection has shown which protocol it speaks. None where it says nothing in time.
pub(crate) async fn sniff<S: AsyncRead + Unpin>(begun: Prefixed<S>, patience: Duration) -> Option<(Version, Prefixed<S>)> {
    let Prefixed { prefix, mut stream } = begun;
    let mut read = BytesMut::with_capacity(FIRST_READ);
    read.extend_from_slice(&prefix);
    let enough = async {
        while is_undecided(&read) {
            if stream.read_buf(&mut read).await.ok()? == 0 {
                return None;
            }
        }
        Some(())
    };
    // A client that stops within the first four bytes is HTTP/1's to wait for.
    if tokio::time::timeout(patience, enough).await.unwrap_or(Some(())).is_none() || read.is_empty() {
        return None;
    }
    let version = if read.starts_with(PREFACE) { Version::Http2 } else { Version::Http1 };
    Some((version, Prefixed { prefix: read.freeze(), stream }))
}

fn is_undecided(read: &[u8]) -> bool {
    read.len() < PREFACE.len() && PREFACE.starts_with(read)
}

/// A stream of which the first bytes were read already.
pub(crate) struct Prefixed<S> {
    prefix: Bytes,
    stream: S,
}

impl<S> Prefixed<S> {
    /// `prefix` is read before the stream itself; it may be empty.
    pub(crate) fn new(prefix: Bytes, stream: S) -> Self {
        Self { prefix, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, into);
        }
        let length = self.prefix.len().min(into.remaining());
        into.put_slice(&self.prefix[..length]);
        self.prefix.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    async fn sniffed(parts: &'static [&'static [u8]]) -> Option<Version> {
        let (mut client, server) = tokio::io::duplex(64);
        let sends = async move {
            for part in parts {
                client.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(sends, sniff(Prefixed::new(Bytes::new(), server), Duration::from_secs(5))).1.map(|(version, _)| version)
    }

    #[tokio::test]
    async fn the_first_bytes_tell() {
        assert_eq!(sniffed(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]).await, Some(Version::Http2));
        assert_eq!(sniffed(&[b"P", b"RI ", b"* "]).await, Some(Version::Http2));
        assert_eq!(sniffed(&[b"P", b"OST / HTTP/1.1\r\n"]).await, Some(Version::Http1));
        assert_eq!(sniffed(&[b"GET"]).await, Some(Version::Http1));
        assert_eq!(sniffed(&[b"PR"]).await, None);
        assert_eq!(sniffed(&[]).await, None);
    }

    #[tokio::test]
    async fn what_was_read_is_read_again() {
        let (mut client, server) = tokio::io::duplex(64);
        client.write_all(b"GET /").await.unwrap();
        let (_, mut stream) = sniff(Prefixed::new(Bytes::new(), server), Duration::from_secs(5)).await.unwrap();
        client.write_all(b" HTTP/1.1").await.unwrap();
        drop(client);
        let mut all = String::new();
        stream.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "GET / HTTP/1.1");
    }
}
