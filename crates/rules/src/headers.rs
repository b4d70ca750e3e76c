//! The `spin-*` headers that tell a guest how its request was routed, and the host that a request names.
//!
//! A client can set none of them: every inbound `spin-*` is removed first (Spin passes them on). Headers that concern one
//! connection only (RFC 9110, 7.6.1) end here too. What a route fixes is made once, in [`RouteHeaders`]; a request costs one
//! allocation each for its path info, its parameters and its URL.

mod authority;
mod hop;

pub(crate) use authority::split_port;
pub use authority::{BadAuthority, Scheme, authority, is_valid_authority};

use crate::Problem;
use crate::routes::{Match, ROUTE_INVALID, Route, path_info};
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};

static PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
static FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
static MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
static BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
static RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
static COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
static CLIENT_ADDR: HeaderName = HeaderName::from_static("spin-client-addr");

/// The headers of every request, besides those of its parameters.
const FIXED: usize = 7;

/// What a route says in the headers of each of its requests.
#[derive(Clone, Debug)]
pub struct RouteHeaders {
    matched: HeaderValue,
    raw: HeaderValue,
    component: HeaderValue,
    params: Box<[HeaderName]>,
}

impl RouteHeaders {
    /// Refuses a route that cannot stand in a header, and a parameter whose name cannot be part of a header's name.
    pub fn new(route: &Route) -> Result<Self, Problem> {
        let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).map_err(|_| unprintable(route));
        Ok(Self {
            matched: value(route.matched())?,
            raw: value(route.raw())?,
            component: value(route.component_route())?,
            params: route.params().map(|name| param_header(route, name)).collect::<Result<_, _>>()?,
        })
    }

    /// The route of a request that one component makes to another inside the process: `/...`.
    pub fn chained() -> Self {
        Self {
            matched: HeaderValue::from_static("/..."),
            raw: HeaderValue::from_static("/..."),
            component: HeaderValue::from_static(""),
            params: Box::default(),
        }
    }
}

fn unprintable(route: &Route) -> Problem {
    Problem::new(ROUTE_INVALID, route.raw(), format!("the route {:?} contains a control character", route.raw()))
        .hint("remove it, or percent-encode it")
}

/// `:user_id` is `spin-path-match-user-id`.
fn param_header(route: &Route, name: &str) -> Result<HeaderName, Problem> {
    HeaderName::try_from(format!("spin-path-match-{}", name.to_ascii_lowercase().replace('_', "-"))).map_err(|_| {
        let message = format!("the route `{}` is invalid: the parameter `:{name}` cannot be the name of a header", route.raw());
        Problem::new(ROUTE_INVALID, route.raw(), message).hint("name parameters with letters, digits, `-` and `_`")
    })
}

/// What the headers say about one request besides its route.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The whole URL, from [`full_url`].
    pub full_url: HeaderValue,
    /// The client's `ip:port`. Make it once a connection: cloning is cheap.
    pub client_addr: HeaderValue,
}

/// The request has bytes that cannot stand in a header: answer 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request's path cannot be passed on in a header")]
pub struct BadPath;

/// `scheme://authority/path?query` as a header's value.
pub fn full_url(scheme: Scheme, authority: &str, path_and_query: &str) -> Result<HeaderValue, BadPath> {
    let scheme = scheme.as_str();
    // `OPTIONS *` names the server, not a path.
    let path_and_query = if path_and_query == "*" { "" } else { path_and_query };
    let mut url = String::with_capacity(scheme.len() + 3 + authority.len() + path_and_query.len());
    url.extend([scheme, "://", authority, path_and_query]);
    HeaderValue::try_from(url).map_err(|_| BadPath)
}

/// Edit the headers of a request from outside into those that the guest sees.
pub fn apply<T>(headers: &mut HeaderMap, route: &RouteHeaders, found: &Match<'_, '_, T>, facts: Facts) -> Result<(), BadPath> {
    strip(headers);
    headers.reserve(FIXED + route.params.len());
    for (name, (_, value)) in route.params.iter().zip(found.captures()) {
        headers.insert(name.clone(), sent(value)?);
    }
    insert(headers, route, sent(&found.path_info())?, facts);
    Ok(())
}

/// Edit the headers of a request that one component makes to another inside the process. `route` is
/// [`RouteHeaders::chained`]; the callee learns neither the caller's host nor an address.
pub fn apply_chained(headers: &mut HeaderMap, route: &RouteHeaders, path: &str, path_and_query: &str) -> Result<(), BadPath> {
    strip(headers);
    headers.remove(HOST);
    headers.reserve(FIXED);
    let facts = Facts {
        full_url: full_url(Scheme::Http, authority::DEFAULT, path_and_query)?,
        client_addr: HeaderValue::from_static("0.0.0.0:0"),
    };
    insert(headers, route, sent(&path_info(path, Some(path.trim_matches('/'))))?, facts);
    Ok(())
}

fn strip(headers: &mut HeaderMap) {
    hop::strip(headers);
    let spoofed: Vec<HeaderName> = headers.keys().filter(|name| name.as_str().starts_with("spin-")).cloned().collect();
    for name in spoofed {
        headers.remove(name);
    }
}

fn sent(text: &str) -> Result<HeaderValue, BadPath> {
    if text.is_empty() {
        return Ok(HeaderValue::from_static(""));
    }
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| BadPath)
}

fn insert(headers: &mut HeaderMap, route: &RouteHeaders, path_info: HeaderValue, facts: Facts) {
    let fields: [_; FIXED] = [
        (&PATH_INFO, path_info),
        (&FULL_URL, facts.full_url),
        (&MATCHED_ROUTE, route.matched.clone()),
        (&BASE_PATH, HeaderValue::from_static("/")),
        (&RAW_COMPONENT_ROUTE, route.raw.clone()),
        (&COMPONENT_ROUTE, route.component.clone()),
        (&CLIENT_ADDR, facts.client_addr),
    ];
    for (name, value) in fields {
        headers.insert(name, value);
    }
}
