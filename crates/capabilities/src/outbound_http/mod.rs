//! Outbound HTTP: to the hosts a component was granted, to its neighbours in the app, and nowhere else.

mod client;
mod connect;
mod home;
mod tls;

pub use client::{HttpClient, OutboundSettings};
pub use home::Home;
pub use tls::ClientTls;

use crate::network::Granted;
use atoll_engine::Body;
use atoll_engine::network::Transmission;
use atoll_engine::trace::{ClientSpan, Current};
use atoll_rules::hosts::{OutboundUrl, SELF_AUTHORITY, chaining_target};
use futures::future::BoxFuture;
use http::header::{HOST, HeaderName};
use std::sync::{Arc, LazyLock};
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiHttpHooks};

/// Calls of calls inside an app end here, so that a component that calls itself cannot go on for ever.
const DEEPEST: u32 = 16;

/// Who answers inside the app.
pub trait Neighbours: Send + Sync {
    /// The component `id` answers, whatever its route.
    fn component(&self, id: &str, request: http::Request<Body>, depth: u32) -> Answered;

    /// The app answers, through its routes.
    fn app(&self, request: http::Request<Body>, depth: u32) -> Answered;
}

/// An answer from inside the app.
pub type Answered = BoxFuture<'static, Result<http::Response<Body>, Error>>;

type Sent = Result<(http::Response<Body>, Transmission), Error>;

/// The HTTP client of one call.
pub(crate) struct CallHttp {
    pub(crate) granted: Arc<Granted>,
    pub(crate) depth: u32,
    pub(crate) trace: Option<Current>,
}

/// What concerns one connection only. A guest may read the host it was called by; on the way out the client writes that header itself.
fn is_forbidden(name: &HeaderName) -> bool {
    static FORBIDDEN: LazyLock<Vec<HeaderName>> =
        LazyLock::new(|| DEFAULT_FORBIDDEN_HEADERS.into_iter().filter(|name| name != HOST).collect());
    FORBIDDEN.contains(name)
}

impl WasiHttpHooks for CallHttp {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        static FILTER: LazyLock<ForbiddenHeaderFilter> = LazyLock::new(|| Arc::new(is_forbidden));
        FILTER.clone()
    }

    fn send_request(
        &mut self,
        mut request: http::Request<Body>,
        options: Option<RequestOptions>,
        _response_sent: Transmission,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let granted = self.granted.clone();
        let depth = self.depth;
        let span = self.trace.as_ref().and_then(Current::get).map(|call| ClientSpan::begin(call, &mut request));
        Box::new(async move {
            let response = send(&granted, request, options, depth).await;
            match (span, &response) {
                (Some(span), Ok(response)) => span.answered(response.status()),
                (Some(span), Err(error)) => span.failed(error),
                (None, _) => {}
            }
            let response = response?;
            let transmitted: Transmission = Box::new(std::future::ready(Ok(())));
            Ok((response, transmitted))
        })
    }
}

async fn send(
    granted: &Granted,
    request: http::Request<Body>,
    options: Option<RequestOptions>,
    depth: u32,
) -> Result<http::Response<Body>, Error> {
    let scheme = request.uri().scheme_str().unwrap_or("https");
    let authority = request.uri().authority().map_or("", |authority| authority.as_str());
    if authority == SELF_AUTHORITY {
        return match granted.neighbours() {
            _ if !granted.allows_own_app(scheme) => Err(Error::HttpRequestDenied),
            Some(neighbours) => neighbours.app(request, next(depth)?).await,
            None => Err(Error::DestinationNotFound),
        };
    }
    let url = OutboundUrl::of(scheme, authority).map_err(|_| Error::HttpRequestUriInvalid)?;
    if !granted.allows_url(&url) {
        return Err(Error::HttpRequestDenied);
    }
    let pool = granted.client().pool(granted.component(), &url);
    match (chaining_target(authority).map(ToOwned::to_owned), granted.neighbours()) {
        (Some(component), Some(neighbours)) => neighbours.component(&component, request, next(depth)?).await,
        (Some(_), None) => Err(Error::DestinationNotFound),
        (None, _) => granted.client().send(pool, request, options).await,
    }
}

fn next(depth: u32) -> Result<u32, Error> {
    if depth >= DEEPEST { Err(Error::LoopDetected) } else { Ok(depth + 1) }
}
