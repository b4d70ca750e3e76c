//! A raw socket: send a text, pass on what comes back; a refusal is a 502 with the host's words.
use crate::reply::Reply;
use std::net::SocketAddrV4;
use wasip2::http::types::ResponseOutparam;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::{instance_network::instance_network, tcp_create_socket::create_tcp_socket};

pub fn tcp(address: &str, text: &str, outparam: ResponseOutparam) {
    match exchange(address, text) {
        Ok(answer) => Reply::start(outparam, 200).finish_text(&String::from_utf8_lossy(&answer)),
        Err(refused) => Reply::start(outparam, 502).finish_text(&format!("{refused:?}")),
    }
}

fn exchange(address: &str, text: &str) -> Result<Vec<u8>, ErrorCode> {
    let address: SocketAddrV4 = address.parse().map_err(|_| ErrorCode::InvalidArgument)?;
    let [a, b, c, d] = address.ip().octets();
    let remote = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: address.port(), address: (a, b, c, d) });

    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    let ready = socket.subscribe();
    socket.start_connect(&instance_network(), remote)?;
    ready.block();
    let (input, output) = socket.finish_connect()?;

    output.blocking_write_and_flush(text.as_bytes()).map_err(|_| ErrorCode::ConnectionReset)?;
    let mut answer = Vec::new();
    while let Ok(bytes) = input.blocking_read(1024) {
        answer.extend(bytes);
    }
    Ok(answer)
}
