//! One HTTP client for all guests of a process: pooled connections, HTTP/1.1 and HTTP/2, TLS.

use crate::connections::{IDLE, Most, Permits};
use crate::outbound_http::connect::{ConnectError, Connector};
use crate::outbound_http::home::Home;
use crate::outbound_http::tls::{self, ClientTls};
use atoll_engine::{Body, Problem};
use atoll_rules::hosts::OutboundUrl;
use atoll_rules::networks::BlockedNetworks;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioTimer;
use rustls::ClientConfig;
use serde::Deserialize;
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::path::PathBuf;
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
    /// TLS of some components' connections; the first entry that fits holds.
    pub client_tls: Vec<ClientTls>,
    /// Who answers in the place of every host that is granted, for tests: it is told in `Forwarded` whom the guest meant.
    pub instead: Option<SocketAddr>,
    /// Connections outlive their request.
    pub connection_pooling: bool,
    /// Most connections of guests at the same time; none is no limit.
    pub max_http_connections: Option<usize>,
    pub max_socket_connections: Option<usize>,
    pub max_total_connections: Option<usize>,
    pub connect_timeout_ms: u64,
    pub first_byte_timeout_ms: u64,
    pub between_bytes_timeout_ms: u64,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            block_networks: Vec::new(),
            ca_file: None,
            client_tls: Vec::new(),
            instead: None,
            connection_pooling: true,
            max_http_connections: None,
            max_socket_connections: None,
            max_total_connections: None,
            connect_timeout_ms: 10_000,
            first_byte_timeout_ms: 60_000,
            between_bytes_timeout_ms: 60_000,
        }
    }
}

impl OutboundSettings {
    /// The share of one worker, where what is counted is divided among `workers` processes.
    pub fn most(&self, workers: u32) -> Most {
        let share = |count: Option<usize>| count.map(|count| count.div_ceil(workers.max(1) as usize));
        Most {
            http: share(self.max_http_connections),
            sockets: share(self.max_socket_connections),
            total: share(self.max_total_connections),
        }
    }
}

pub(super) type Pooled = Client<HttpsConnector<Connector>, Body>;

/// A client with a pool of its own: a connection that says who it is serves nobody else.
struct Special {
    components: Vec<String>,
    hosts: Vec<String>,
    client: Pooled,
}

/// The shared client.
pub struct HttpClient {
    client: Pooled,
    special: Vec<Special>,
    instead: Option<SocketAddr>,
    connect: Duration,
    first_byte: Duration,
    between_bytes: Duration,
}

impl HttpClient {
    /// A client whose connections live on the runtime of `home`.
    pub fn new(
        settings: &OutboundSettings,
        blocked: Arc<BlockedNetworks>,
        permits: Permits,
        home: Home,
    ) -> Result<Self, Problem> {
        let connect = Duration::from_millis(settings.connect_timeout_ms);
        let connector = Connector { blocked, permits, timeout: connect, home };
        let special = settings.client_tls.iter().map(|entry| {
            let client = pooled(settings, &connector, entry.config()?);
            Ok(Special { components: entry.component_ids.clone(), hosts: canonical(&entry.hosts), client })
        });
        Ok(Self {
            client: pooled(settings, &connector, tls::usual(settings.ca_file.as_deref())?),
            special: special.collect::<Result<_, Problem>>()?,
            instead: settings.instead,
            connect,
            first_byte: Duration::from_millis(settings.first_byte_timeout_ms),
            between_bytes: Duration::from_millis(settings.between_bytes_timeout_ms),
        })
    }

    /// Whose connections the requests of `component` to `url` go over.
    pub(super) fn pool(&self, component: &str, url: &OutboundUrl<'_>) -> &Pooled {
        if self.special.is_empty() {
            return &self.client;
        }
        let host = url.host().to_string();
        let fits = |special: &&Special| special.hosts.contains(&host) && special.components.iter().any(|id| id == component);
        self.special.iter().find(fits).map_or(&self.client, |special| &special.client)
    }

    /// Send `request` over a connection of `pool`; its redirects are the guest's business.
    pub(super) async fn send(
        &self,
        pool: &Pooled,
        mut request: http::Request<Body>,
        options: Option<RequestOptions>,
    ) -> Result<http::Response<Body>, Error> {
        let options = options.unwrap_or_default();
        let connect = options.connect_timeout.unwrap_or(self.connect);
        let first_byte = options.first_byte_timeout.unwrap_or(self.first_byte);
        let between_bytes = options.between_bytes_timeout.unwrap_or(self.between_bytes);
        // The client writes the authority itself; a second Host would let a guest name another site.
        request.headers_mut().remove(http::header::HOST);
        if let Some(address) = self.instead {
            redirect(&mut request, address).map_err(|_| Error::HttpRequestUriInvalid)?;
        }
        let mut connection = capture_connection(&mut request);
        let response = pool.request(request);
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

/// To `address`, which is told whom it stands for as RFC 7239 says it.
fn redirect(request: &mut http::Request<Body>, address: SocketAddr) -> http::Result<()> {
    let uri = std::mem::take(request.uri_mut());
    let (host, proto) = (uri.authority().map_or("", |authority| authority.as_str()), uri.scheme_str().unwrap_or("https"));
    let forwarded = http::HeaderValue::from_str(&format!("host=\"{host}\";proto={proto}"))?;
    request.headers_mut().insert(http::header::FORWARDED, forwarded);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = http::Uri::builder().scheme("http").authority(address.to_string()).path_and_query(path).build()?;
    Ok(())
}

fn pooled(settings: &OutboundSettings, connector: &Connector, tls: ClientConfig) -> Pooled {
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(connector.clone());
    let mut builder = Client::builder(connector.home.clone());
    builder.pool_timer(TokioTimer::new());
    if connector.permits.is_limited() {
        builder.pool_idle_timeout(IDLE);
    }
    if !settings.connection_pooling {
        builder.pool_max_idle_per_host(0);
    }
    builder.build(https)
}

/// Hosts as those of requests are compared. What is none fits none.
fn canonical(hosts: &[String]) -> Vec<String> {
    hosts.iter().map(|host| OutboundUrl::of("https", host).map_or(host.clone(), |url| url.host().to_string())).collect()
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
            ConnectError::Full => Error::ConnectionLimitReached,
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
