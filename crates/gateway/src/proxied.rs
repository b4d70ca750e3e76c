//! The PROXY protocol, versions 1 and 2: what the proxy in front says of its client before anything else.
//!
//! Only where the settings ask for it, and then from everybody: who could leave it out could also write it.
//! Source: the specification of HAProxy, <https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt>.

use crate::protocol::Prefixed;
use bytes::{BufMut, BytesMut};
use ppp::{HeaderResult, PartialResult, v1, v2};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes of a header with all that proxies add to it; the addresses themselves take 232 at most.
const MOST: usize = 4_096;
/// What version 2 begins with, up to and with its length.
const FIXED: usize = 16;

/// Read the header. The rest of the stream, and whom it comes from: the proxy itself, where the header names nobody.
///
/// None for a stream that does not begin with a whole and valid header in time.
pub(crate) async fn receive<S: AsyncRead + Unpin>(
    mut stream: S,
    proxy: SocketAddr,
    patience: Duration,
) -> Option<(Prefixed<S>, SocketAddr)> {
    let mut read = BytesMut::with_capacity(MOST);
    let header = async {
        loop {
            match said(&read) {
                Said::Nothing => return None,
                Said::All { length, client } => return Some((length, client)),
                Said::Part => {}
            }
            let room = MOST - read.len();
            if room == 0 || stream.read_buf(&mut (&mut read).limit(room)).await.ok()? == 0 {
                return None;
            }
        }
    };
    let (length, client) = tokio::time::timeout(patience, header).await.ok()??;
    let rest = read.split_off(length).freeze();
    Some((Prefixed::new(rest, stream), client.unwrap_or(proxy)))
}

/// What the bytes so far are.
#[derive(Debug, PartialEq)]
enum Said {
    /// No header, whatever follows.
    Nothing,
    /// The beginning of one.
    Part,
    All {
        length: usize,
        client: Option<SocketAddr>,
    },
}

fn said(read: &[u8]) -> Said {
    match HeaderResult::parse(read) {
        HeaderResult::V1(Ok(header)) => Said::All { length: header.header.len(), client: client_v1(&header.addresses) },
        HeaderResult::V1(Err(error)) => partly(error.is_incomplete() && !has_line(read)),
        HeaderResult::V2(Ok(header)) => match client_v2(&header) {
            Ok(client) => Said::All { length: header.len(), client },
            Err(()) => Said::Nothing,
        },
        HeaderResult::V2(Err(v2::ParseError::Partial(_, length))) => partly(length <= MOST - FIXED),
        HeaderResult::V2(Err(error)) => partly(error.is_incomplete()),
    }
}

fn partly(is_part: bool) -> Said {
    if is_part { Said::Part } else { Said::Nothing }
}

/// A line of version 1 that has ended gains nothing by waiting.
fn has_line(read: &[u8]) -> bool {
    read.iter().position(|byte| *byte == b'\r').is_some_and(|end| read.len() > end + 1)
}

fn client_v1(addresses: &v1::Addresses) -> Option<SocketAddr> {
    match addresses {
        v1::Addresses::Tcp4(tcp) => Some((tcp.source_address, tcp.source_port).into()),
        v1::Addresses::Tcp6(tcp) => Some((tcp.source_address, tcp.source_port).into()),
        v1::Addresses::Unknown => None,
    }
}

/// None where the proxy speaks for itself (a health check, say) or for a client without an address.
fn client_v2(header: &v2::Header<'_>) -> Result<Option<SocketAddr>, ()> {
    match (header.command, header.protocol) {
        (v2::Command::Local, _) => return Ok(None),
        (v2::Command::Proxy, v2::Protocol::Datagram) => return Err(()),
        (v2::Command::Proxy, v2::Protocol::Stream | v2::Protocol::Unspecified) => {}
    }
    Ok(match &header.addresses {
        v2::Addresses::IPv4(ip) => Some((ip.source_address, ip.source_port).into()),
        v2::Addresses::IPv6(ip) => Some((ip.source_address, ip.source_port).into()),
        v2::Addresses::Unix(_) | v2::Addresses::Unspecified => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_beginning_of_a_header_is_a_part_and_the_whole_is_all() {
        let v1: &[u8] = b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n";
        let v2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x9c\x40\x01\xbb";
        for header in [v1, v2] {
            for length in 0..header.len() {
                assert_eq!(said(&header[..length]), Said::Part, "{length} bytes");
            }
            let client = Some("192.0.2.7:40000".parse().unwrap());
            assert_eq!(said(header), Said::All { length: header.len(), client });
            assert_eq!(said(&[header, b"GET / HTTP/1.1\r\n"].concat()), Said::All { length: header.len(), client });
        }
    }

    #[test]
    fn what_is_no_header_is_known_at_once() {
        for wrong in [
            b"GET / HTTP/1.1\r\n".as_slice(),
            b"PROXY \r\n",
            b"PROXY TCP4 \r\n",
            b"PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n",
            b"PROXY TCP4 2001:db8::1 198.51.100.1 40000 443\r\n",
            b"PROXY TCP4 192.0.2.7 198.51.100.1 70000 443\r\n",
            b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\rX",
            b"PROXY UDP4 192.0.2.7 198.51.100.1 40000 443\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x04\xc0\0\x02\x07",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff\xc0\0\x02\x07",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x9c\x40\x01\xbb",
        ] {
            assert_eq!(said(wrong), Said::Nothing, "{}", wrong.escape_ascii());
        }
        assert_eq!(said(&[b"PROXY UNKNOWN ".as_slice(), &[b'x'; 120]].concat()), Said::Nothing);
    }

    #[test]
    fn a_proxy_that_speaks_for_itself_names_nobody() {
        let local: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\0\0";
        assert_eq!(said(local), Said::All { length: 16, client: None });
        assert_eq!(said(b"PROXY UNKNOWN\r\n"), Said::All { length: 15, client: None });
    }
}
