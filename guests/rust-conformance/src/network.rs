//! HTTP and TCP.
use crate::{Outcome, expect, said};
use std::net::SocketAddr;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

const TEXT: &[u8] = b"Hello, world!";

/// The answer to a text that was posted; an error says which function told it.
pub fn posted(url: &str) -> Result<String, String> {
    let (_, rest) = url.split_once("://").ok_or("the URL has no scheme")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let headers = Fields::from_list(&[("content-length".into(), TEXT.len().to_string().into_bytes())]).unwrap();
    let request = OutgoingRequest::new(headers);
    request.set_method(&Method::Post).unwrap();
    request.set_scheme(Some(&Scheme::Http)).unwrap();
    request.set_authority(Some(authority)).unwrap();
    request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })).unwrap();
    let body = request.body().unwrap();
    let pending = handle(request, None).map_err(|error| format!("outgoing-handler#handle: {error}"))?;
    // Nobody may read it.
    let written = body.write().unwrap().blocking_write_and_flush(TEXT);
    let finished = OutgoingBody::finish(body, None);
    pending.subscribe().block();
    let response = pending.get().unwrap().unwrap().map_err(|error| format!("incoming-response#get: {error}"))?;
    said(written.map_err(|error| format!("{error:?}")).and_then(|()| said(finished)))?;
    let body = response.consume().unwrap();
    let input = body.stream().unwrap();
    let mut answer = Vec::new();
    while let Ok(bytes) = input.blocking_read(4096) {
        answer.extend(bytes);
    }
    said(String::from_utf8(answer))
}

/// Says something to a server that repeats it.
pub fn tcp(address: &str) -> Outcome {
    let remote = of(said(address.parse())?);
    let socket = said(create_tcp_socket(IpAddressFamily::Ipv4))?;
    said(socket.start_connect(&instance_network(), remote))?;
    let (input, output) = loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            connected => break said(connected)?,
        }
    };
    said(output.blocking_write_and_flush(TEXT))?;
    let mut echo = Vec::new();
    while echo.len() < TEXT.len() {
        echo.extend(said(input.blocking_read((TEXT.len() - echo.len()) as u64))?);
    }
    expect(echo == TEXT, "what was said")
}

fn of(address: SocketAddr) -> IpSocketAddress {
    let port = address.port();
    match address {
        SocketAddr::V4(address) => {
            let [a, b, c, d] = address.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) })
        }
        SocketAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.ip().segments();
            let address = (a, b, c, d, e, f, g, h);
            IpSocketAddress::Ipv6(Ipv6SocketAddress { port, address, flow_info: 0, scope_id: 0 })
        }
    }
}
