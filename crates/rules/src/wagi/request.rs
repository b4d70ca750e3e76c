//! A request as arguments and environment.

use crate::headers::{Scheme, split_port};
use crate::routes::Match;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, PROXY_AUTHORIZATION};
use http::{Method, Uri, Version};
use percent_encoding::percent_decode_str;
use std::net::SocketAddr;

/// What the environment says about a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub version: Version,
    pub scheme: Scheme,
    /// As the client sent them, without the headers that [`crate::headers::apply`] adds.
    pub headers: &'a HeaderMap,
    /// The host that the request names, from [`crate::headers::authority`]; none when it names none.
    pub authority: Option<&'a str>,
    pub client: SocketAddr,
    /// The length of the body in bytes.
    pub body_bytes: u64,
}

/// The arguments: the template's `${SCRIPT_NAME}` is the path and `${ARGS}` the query with `&` as space; then split at
/// spaces. Without a query the default template ends in an empty argument, as in Spin.
pub fn arguments(template: &str, uri: &Uri) -> Vec<String> {
    let query = uri.query().unwrap_or_default().replace('&', " ");
    substitute(template, &[("${SCRIPT_NAME}", uri.path()), ("${ARGS}", &query)]).split(' ').map(str::to_owned).collect()
}

/// Replace in one pass, so that what a client sends is never read as a template.
fn substitute(template: &str, values: &[(&str, &str)]) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some(start) = rest.find("${") {
        let (before, tail) = rest.split_at(start);
        text.push_str(before);
        let found = values.iter().find_map(|(name, value)| Some((*value, tail.strip_prefix(name)?)));
        let (value, after) = found.unwrap_or_else(|| tail.split_at(2));
        text.push_str(value);
        rest = after;
    }
    text + rest
}

/// The environment, without the component's own. Values that are not UTF-8 have their odd bytes replaced.
pub fn environment<T>(request: &Request<'_>, found: &Match<'_, '_, T>) -> Vec<(String, String)> {
    let mut environment: Vec<(String, String)> = header_variables(request.headers);
    environment.extend(found.captures().map(|(name, value)| (format!("X_PATH_MATCH_{}", variable(name)), value.to_owned())));
    environment.extend(fixed(request, found).map(|(name, value)| (name.to_owned(), value)));
    environment
}

fn fixed<T>(request: &Request<'_>, found: &Match<'_, '_, T>) -> impl Iterator<Item = (&'static str, String)> {
    let route = found.route();
    let path_info = found.path_info().into_owned();
    let (name, port) = server(request);
    let address = request.client.ip().to_string();
    let path_and_query = request.uri.path_and_query().map_or("/", |target| target.as_str());
    let authority = request.authority.unwrap_or("localhost");
    [
        ("AUTH_TYPE", String::new()),
        ("CONTENT_LENGTH", request.body_bytes.to_string()),
        ("CONTENT_TYPE", joined(request.headers, &CONTENT_TYPE)),
        ("GATEWAY_INTERFACE", "CGI/1.1".to_owned()),
        ("PATH_INFO", path_info.clone()),
        ("PATH_TRANSLATED", percent_decode_str(&path_info).decode_utf8_lossy().replace('\0', "\u{fffd}")),
        ("QUERY_STRING", request.uri.query().unwrap_or_default().to_owned()),
        ("REMOTE_ADDR", address.clone()),
        ("REMOTE_HOST", address),
        ("REMOTE_USER", String::new()),
        ("REQUEST_METHOD", request.method.to_string()),
        ("SCRIPT_NAME", script_name(route.matched()).to_owned()),
        ("SERVER_NAME", name.to_owned()),
        ("SERVER_PORT", port),
        ("SERVER_PROTOCOL", format!("{:?}", request.version)),
        ("SERVER_SOFTWARE", "WAGI/1".to_owned()),
        ("X_BASE_PATH", "/".to_owned()),
        ("X_CLIENT_ADDR", request.client.to_string()),
        ("X_COMPONENT_ROUTE", route.component_route().to_owned()),
        ("X_FULL_URL", format!("{}://{authority}{path_and_query}", request.scheme.as_str())),
        ("X_MATCHED_ROUTE", route.matched().to_owned()),
        ("X_RAW_COMPONENT_ROUTE", route.raw().to_owned()),
        ("X_RAW_PATH_INFO", path_info),
    ]
    .into_iter()
}

fn script_name(matched: &str) -> &str {
    matched.strip_suffix("/...").or_else(|| matched.strip_suffix("/*")).unwrap_or(matched)
}

fn server<'a>(request: &Request<'a>) -> (&'a str, String) {
    let (name, port) = split_port(request.authority.unwrap_or("default_host"));
    match port {
        Some(digits) if !digits.is_empty() => (name, digits.to_owned()),
        _ => (name, request.scheme.default_port().to_string()),
    }
}

/// Secrets stay out of the environment, `Proxy` would become a setting of HTTP clients, and only the host says `spin-*`.
fn is_withheld(name: &HeaderName) -> bool {
    let text = name.as_str();
    let of_connection = [AUTHORIZATION, PROXY_AUTHORIZATION, CONNECTION].contains(name);
    of_connection || text == "proxy" || text.starts_with("spin-") || text.contains('_')
}

fn header_variables(headers: &HeaderMap) -> Vec<(String, String)> {
    let passed = headers.keys().filter(|name| !is_withheld(name));
    passed.map(|name| (format!("HTTP_{}", variable(name.as_str())), joined(headers, name))).collect()
}

fn variable(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// All values of a header as one (RFC 9110, 5.2; RFC 6265, 5.4 for cookies). A host is never a list.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let separator = if *name == COOKIE { "; " } else { ", " };
    let limit = if *name == HOST { 1 } else { usize::MAX };
    let values = headers.get_all(name).iter().take(limit).map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(separator)
}
