//! What the sandbox asks of whoever grants the network. The engine itself opens no connection.

use crate::trace::Current;
use std::any::Any;
use std::net::SocketAddr;
use std::pin::Pin;
use wasmtime_wasi_http::WasiHttpHooks;

/// Kept as long as a socket is open, and dropped with it.
pub type Held = Box<dyn Any + Send + Sync>;

/// Whether an address is allowed; names may have to be resolved first.
pub type Allowing = Pin<Box<dyn Future<Output = bool> + Send + Sync>>;

/// The network as one component may use it.
pub trait Network: Send + Sync {
    /// Whether raw sockets exist at all for this component.
    fn has_sockets(&self) -> bool;

    /// What is held for one more socket; None where there are as many as there may be.
    fn socket(&self) -> Option<Held>;

    /// May a socket connect (or send) to this address? `scheme` is `tcp` or `udp`.
    fn allows(&self, scheme: &'static str, address: SocketAddr) -> Allowing;

    /// The HTTP client of one call, which is the `depth`th in a chain of calls inside the app, under its trace.
    fn http(&self, depth: u32, trace: Option<Current>) -> Box<dyn WasiHttpHooks>;
}

/// No network at all: what a component has that was granted nothing.
pub struct NoNetwork;

impl Network for NoNetwork {
    fn has_sockets(&self) -> bool {
        false
    }

    fn socket(&self) -> Option<Held> {
        Some(Box::new(()))
    }

    fn allows(&self, _scheme: &'static str, _address: SocketAddr) -> Allowing {
        Box::pin(std::future::ready(false))
    }

    fn http(&self, _depth: u32, _trace: Option<Current>) -> Box<dyn WasiHttpHooks> {
        Box::new(DeniedHttp)
    }
}

/// Refuses each request with the interface's own error.
struct DeniedHttp;

type Sent = wasmtime_wasi_http::Result<(http::Response<crate::Body>, Transmission)>;
/// Ends when the request was sent, or could not be.
pub type Transmission = Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>;

impl WasiHttpHooks for DeniedHttp {
    fn send_request(
        &mut self,
        _request: http::Request<crate::Body>,
        _options: Option<wasmtime_wasi_http::RequestOptions>,
        _response_sent: Transmission,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        Box::new(std::future::ready(Err(wasmtime_wasi_http::Error::HttpRequestDenied)))
    }
}
