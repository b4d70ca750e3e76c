//! One HTTP client for all guests of a process: pooled connections, HTTP/1.1 and HTTP/2, TLS.

use crate::outbound_http::connect::{ConnectError, Connector};
use crate::outbound_http::home::Home;
use atoll_engine::{Body, Code, Problem};
use atoll_rules::networks::BlockedNetworks;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioTimer;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;
use wasmtime_wasi_http::{Error, RequestOptions};

/// Settings of outbound HTTP, the part `outbound` of the settings document.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct OutboundSettings {
    /// CIDRs, or the word `private`.
    pub block_networks: Vec<String>,
    /// Further certificate authorities, in PEM.
    pub ca_file: Option<PathBuf>,
    pub connect_timeout_ms: u64,
    pub first_byte_timeout_ms: u64,
    pub between_bytes_timeout_ms: u64,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            block_networks: Vec::new(),
            ca_file: None,
            connect_timeout_ms: 10_000,
            first_byte_timeout_ms: 60_000,
            between_bytes_timeout_ms: 60_000,
        }
    }
}

/// The shared client.
pub struct HttpClient {
    client: Client<HttpsConnector<Connector>, Body>,
    connect: Duration,
    first_byte: Duration,
    between_bytes: Duration,
}

impl HttpClient {
    /// A client whose connections live on the runtime of `home`.
    pub fn new(settings: &OutboundSettings, blocked: Arc<BlockedNetworks>, home: Home) -> Result<Self, Problem> {
        let connect = Duration::from_millis(settings.connect_timeout_ms);
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls(settings.ca_file.as_deref())?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(Connector { blocked, timeout: connect, home: home.clone() });
        let client = Client::builder(home).pool_timer(TokioTimer::new()).build(connector);
        Ok(Self {
            client,
            connect,
            first_byte: Duration::from_millis(settings.first_byte_timeout_ms),
            between_bytes: Duration::from_millis(settings.between_bytes_timeout_ms),
        })
    }

    /// Send `request`; its redirects are the guest's business.
    pub async fn send(
        &self,
        mut request: http::Request<Body>,
        options: Option<RequestOptions>,
    ) -> Result<http::Response<Body>, Error> {
        let options = options.unwrap_or_default();
        let connect = options.connect_timeout.unwrap_or(self.connect);
        let first_byte = options.first_byte_timeout.unwrap_or(self.first_byte);
        let between_bytes = options.between_bytes_timeout.unwrap_or(self.between_bytes);
        // The client writes the authority itself; a second Host would let a guest name another site.
        request.headers_mut().remove(http::header::HOST);
        let mut connection = capture_connection(&mut request);
        let response = self.client.request(request);
        tokio::pin!(response);
        let connected = tokio::select! {
            biased;
            response = &mut response => return finished(response, between_bytes),
            connected = tokio::time::timeout(connect, connection.wait_for_connection_metadata()) => connected.is_ok(),
        };
        if !connected {
            return Err(Error::ConnectionTimeout);
        }
        match tokio::time::timeout(first_byte, response).await {
            Ok(response) => finished(response, between_bytes),
            Err(_) => Err(Error::ConnectionReadTimeout),
        }
    }
}

fn tls(ca_file: Option<&Path>) -> Result<rustls::ClientConfig, Problem> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let bad = |error: &dyn std::fmt::Display| {
            Problem::new(
                Code::EngineFailed,
                format!("the certificate authorities in `{}` cannot be used: {error}", path.display()),
            )
            .hint("name a file of certificates in PEM")
            .at("ca_file", path.display().to_string())
        };
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(&error))? {
            roots.add(certificate.map_err(|error| bad(&error))?).map_err(|error| bad(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::new(Code::EngineFailed, format!("TLS cannot be set up: {error}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn finished(
    response: Result<http::Response<Incoming>, ClientError>,
    between_bytes: Duration,
) -> Result<http::Response<Body>, Error> {
    match response {
        Ok(response) => Ok(response.map(|body| http_body_util::BodyExt::boxed_unsync(Timed::new(body, between_bytes)))),
        Err(error) => Err(explain(&error)),
    }
}

/// The interface's own word for what went wrong.
fn explain(error: &ClientError) -> Error {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(known) = known(inner) {
            return known;
        }
        cause = inner.source();
    }
    Error::HttpProtocolError
}

fn known(error: &(dyn StdError + 'static)) -> Option<Error> {
    if let Some(connect) = error.downcast_ref::<ConnectError>() {
        return Some(match connect {
            ConnectError::NoHost => Error::HttpRequestUriInvalid,
            ConnectError::Dns(..) => Error::DnsError { rcode: Some("address not available".into()), info_code: None },
            ConnectError::Blocked(_) => Error::DestinationIpProhibited,
            ConnectError::Timeout(_) => Error::ConnectionTimeout,
            ConnectError::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
            ConnectError::Ended | ConnectError::Io(_) => Error::DestinationUnavailable,
        });
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) => Error::TlsCertificateError,
            _ => Error::TlsProtocolError,
        });
    }
    let io = error.downcast_ref::<std::io::Error>()?;
    // An I/O error hides the error it wraps (TLS, say) from the chain of causes.
    let wrapped = io.get_ref().and_then(|inner| known(inner));
    wrapped.or_else(|| (io.kind() == std::io::ErrorKind::UnexpectedEof).then_some(Error::ConnectionTerminated))
}

/// A response body that must not pause for too long.
struct Timed {
    body: Incoming,
    pause: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    fn new(body: Incoming, pause: Duration) -> Self {
        Self { body, pause, timer: None }
    }
}

impl http_body::Body for Timed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.timer = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::Hyper)));
        }
        let pause = self.pause;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        timer.as_mut().poll(cx).map(|()| Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
