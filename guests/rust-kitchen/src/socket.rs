//! Raw sockets: send a text, pass on what comes back; a refusal is a 502 with the host's words.
use crate::reply::Reply;
use std::net::SocketAddr;
use wasip2::http::types::ResponseOutparam;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::OutgoingDatagram;
use wasip2::sockets::udp_create_socket::create_udp_socket;

pub fn tcp(address: &str, text: &str, outparam: ResponseOutparam) {
    told(exchange(address, text).map(|answer| String::from_utf8_lossy(&answer).into_owned()), outparam);
}

pub fn udp(address: &str, text: &str, outparam: ResponseOutparam) {
    told(datagram(address, text).map(|answer| String::from_utf8_lossy(&answer).into_owned()), outparam);
}

/// Listens there, if it may.
pub fn bind(address: &str, outparam: ResponseOutparam) {
    let listening = || {
        let (family, local) = parsed(address)?;
        let socket = create_tcp_socket(family)?;
        socket.start_bind(&instance_network(), local)?;
        socket.finish_bind()?;
        socket.start_listen()?;
        socket.finish_listen().map(|()| "listening".to_owned())
    };
    told(listening(), outparam);
}

/// Opens so many connections and keeps them; says how many there are, and why not more.
pub fn hoard(address: &str, count: u64, outparam: ResponseOutparam) {
    let mut kept = Vec::new();
    let mut why = String::new();
    while (kept.len() as u64) < count {
        match parsed(address).and_then(|(family, remote)| connected(family, remote)) {
            Ok(socket) => kept.push(socket),
            Err(error) => {
                why = format!(" {error:?}");
                break;
            }
        }
    }
    Reply::start(outparam, 200).finish_text(&format!("{}{why}", kept.len()));
}

fn told(outcome: Result<String, ErrorCode>, outparam: ResponseOutparam) {
    match outcome {
        Ok(answer) => Reply::start(outparam, 200).finish_text(&answer),
        Err(refused) => Reply::start(outparam, 502).finish_text(&format!("{refused:?}")),
    }
}

fn parsed(address: &str) -> Result<(IpAddressFamily, IpSocketAddress), ErrorCode> {
    let address: SocketAddr = address.parse().map_err(|_| ErrorCode::InvalidArgument)?;
    let port = address.port();
    Ok(match address {
        SocketAddr::V4(address) => {
            let [a, b, c, d] = address.ip().octets();
            (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) }))
        }
        SocketAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.ip().segments();
            let address = (a, b, c, d, e, f, g, h);
            let address = Ipv6SocketAddress { port, address, flow_info: 0, scope_id: 0 };
            (IpAddressFamily::Ipv6, IpSocketAddress::Ipv6(address))
        }
    })
}

type Connected = (wasip2::io::streams::InputStream, wasip2::io::streams::OutputStream, TcpSocket);

fn connected(family: IpAddressFamily, remote: IpSocketAddress) -> Result<Connected, ErrorCode> {
    let socket = create_tcp_socket(family)?;
    let ready = socket.subscribe();
    socket.start_connect(&instance_network(), remote)?;
    ready.block();
    drop(ready);
    let (input, output) = socket.finish_connect()?;
    // The streams first: they are the socket's children.
    Ok((input, output, socket))
}

fn exchange(address: &str, text: &str) -> Result<Vec<u8>, ErrorCode> {
    let (family, remote) = parsed(address)?;
    let (input, output, _socket) = connected(family, remote)?;
    output.blocking_write_and_flush(text.as_bytes()).map_err(|_| ErrorCode::ConnectionReset)?;
    let mut answer = Vec::new();
    while let Ok(bytes) = input.blocking_read(1024) {
        answer.extend(bytes);
    }
    drop((input, output));
    Ok(answer)
}

fn datagram(address: &str, text: &str) -> Result<Vec<u8>, ErrorCode> {
    let (family, remote) = parsed(address)?;
    let any = if family == IpAddressFamily::Ipv4 { "0.0.0.0:0" } else { "[::]:0" };
    let socket = create_udp_socket(family)?;
    socket.start_bind(&instance_network(), parsed(any)?.1)?;
    socket.finish_bind()?;
    let (incoming, outgoing) = socket.stream(None)?;
    outgoing.subscribe().block();
    outgoing.check_send()?;
    outgoing.send(&[OutgoingDatagram { data: text.as_bytes().to_vec(), remote_address: Some(remote) }])?;
    loop {
        incoming.subscribe().block();
        if let Some(answer) = incoming.receive(1)?.pop() {
            return Ok(answer.data);
        }
    }
}
