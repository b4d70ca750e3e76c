//! A request as ASGI's scope says it.
//!
//! The guest sees the path below its mount, as if it were served alone; the mount stands in `x-forwarded-prefix`, whatever the client
//! wrote there.

use atoll_gateway::dispatch::Client;
use atoll_gateway::in_process::{Asked, Feed};
use atoll_rules::headers::Scheme;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, EXPECT, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, StatusCode, Uri, Version};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyAnyMethods, PyBytes, PyDict, PyString, PyTuple};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where the guest finds its mount.
static PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
/// A client without an address is on this machine.
const LOCAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What an app is asked, and by whom.
pub(super) struct Asking {
    pub(super) request: Request<Asked>,
    pub(super) client: Client,
    /// Brings the body, where it is not here.
    pub(super) feed: Option<Feed>,
    /// Whether the server takes trailers.
    pub(super) trailers: bool,
}

/// The request of a scope, or the status that it has to be answered with. Without a `body`, one is fed.
pub(super) fn read_scope(scope: &Bound<'_, PyDict>, body: Option<PyBackedBytes>) -> PyResult<Result<Asking, StatusCode>> {
    let py = scope.py();
    let mut headers = match headers(scope)? {
        Ok(headers) => headers,
        Err(status) => return Ok(Err(status)),
    };
    let (mount, target) = target(scope)?;
    let method: PyBackedStr = wanted(scope, intern!(py, "method"))?.extract()?;
    let (Ok(method), Ok(target)) = (Method::from_bytes(method.as_bytes()), PathAndQuery::from_maybe_shared(Bytes::from(target)))
    else {
        return Ok(Err(StatusCode::BAD_REQUEST));
    };
    if !mount.is_empty() {
        let Ok(mount) = HeaderValue::from_bytes(&mount) else { return Ok(Err(StatusCode::BAD_REQUEST)) };
        headers.insert(&PREFIX, mount);
    }
    let (body, feed) = match body {
        Some(body) => (Asked::whole(Bytes::from_owner(body)), None),
        None => {
            let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
            // A client that waits for a word before it sends is not to hear one that the guest did not give.
            let (asked, feed) = Asked::fed(length, headers.contains_key(EXPECT));
            (asked, Some(feed))
        }
    };
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from(target);
    *request.version_mut() = version(scope)?;
    *request.headers_mut() = headers;
    Ok(Ok(Asking { request, client: client(scope)?, feed, trailers: takes_trailers(scope)? }))
}

fn wanted<'py>(scope: &Bound<'py, PyDict>, key: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    scope.get_item(key)?.ok_or_else(|| pyo3::exceptions::PyKeyError::new_err(key.clone().unbind()))
}

/// What stands there, unless it is None.
fn given<'py>(scope: &Bound<'py, PyDict>, key: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(scope.get_item(key)?.filter(|value| !value.is_none()))
}

fn headers(scope: &Bound<'_, PyDict>) -> PyResult<Result<HeaderMap, StatusCode>> {
    let mut headers = HeaderMap::new();
    for pair in wanted(scope, intern!(scope.py(), "headers"))?.try_iter()? {
        let pair = pair?;
        let (name, value) = match pair.cast::<PyTuple>() {
            Ok(pair) => (pair.get_item(0)?, pair.get_item(1)?),
            Err(_) => (pair.get_item(0)?, pair.get_item(1)?),
        };
        let (name, value) = (name.cast::<PyBytes>()?, value.cast::<PyBytes>()?);
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) else {
            return Ok(Err(StatusCode::BAD_REQUEST));
        };
        if headers.try_append(name, value).is_err() {
            return Ok(Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
    }
    Ok(Ok(headers))
}

fn version(scope: &Bound<'_, PyDict>) -> PyResult<Version> {
    let Some(version) = given(scope, intern!(scope.py(), "http_version"))? else { return Ok(Version::HTTP_11) };
    let version: PyBackedStr = version.extract()?;
    Ok(match &*version {
        "1.0" => Version::HTTP_10,
        "2" | "2.0" => Version::HTTP_2,
        "3" => Version::HTTP_3,
        _ => Version::HTTP_11,
    })
}

fn client(scope: &Bound<'_, PyDict>) -> PyResult<Client> {
    let py = scope.py();
    let address = match given(scope, intern!(py, "client"))? {
        Some(pair) => address(&pair).unwrap_or(LOCAL),
        None => LOCAL,
    };
    let header = HeaderValue::try_from(address.to_string()).unwrap_or_else(|_| HeaderValue::from_static("127.0.0.1:0"));
    let scheme = given(scope, intern!(py, "scheme"))?;
    let is_secure = scheme.is_some_and(|scheme| scheme.eq("https").unwrap_or(false));
    Ok(Client { address, header, scheme: if is_secure { Scheme::Https } else { Scheme::Http } })
}

/// Not every server gives a number there.
fn address(pair: &Bound<'_, PyAny>) -> Option<SocketAddr> {
    let host: PyBackedStr = pair.get_item(0).ok()?.extract().ok()?;
    let port: u16 = pair.get_item(1).ok()?.extract().unwrap_or(0);
    // Of an address that holds on one link alone, the link follows.
    let host = host.split('%').next().unwrap_or_default();
    Some(SocketAddr::new(host.parse().ok()?, port))
}

fn takes_trailers(scope: &Bound<'_, PyDict>) -> PyResult<bool> {
    let Some(extensions) = given(scope, intern!(scope.py(), "extensions"))? else { return Ok(false) };
    extensions.contains(intern!(scope.py(), "http.response.trailers"))
}

/// The mount, and path and query below it, as they were sent.
fn target(scope: &Bound<'_, PyDict>) -> PyResult<(Vec<u8>, Vec<u8>)> {
    let py = scope.py();
    let raw = match given(scope, intern!(py, "raw_path"))? {
        Some(raw) => raw.extract::<PyBackedBytes>()?.to_vec(),
        None => quoted(&wanted(scope, intern!(py, "path"))?.extract::<PyBackedStr>()?),
    };
    let root = match given(scope, intern!(py, "root_path"))? {
        Some(root) => root.extract::<PyBackedStr>()?.trim_end_matches('/').to_owned(),
        None => String::new(),
    };
    let (mount, path) = match mounted(&raw, root.as_bytes()) {
        Some(end) => (raw[..end].to_vec(), &raw[end..]),
        // The server has cut it off already.
        None => (quoted(&root), &raw[..]),
    };
    let mut target = if path.is_empty() { b"/".to_vec() } else { path.to_vec() };
    if let Some(query) = given(scope, intern!(py, "query_string"))? {
        let query: PyBackedBytes = query.extract()?;
        if !query.is_empty() {
            target.push(b'?');
            target.extend_from_slice(&query);
        }
    }
    Ok((mount, target))
}

/// Where the raw path goes on behind `root`, which has no percent signs any more; None where it lies elsewhere.
fn mounted(raw: &[u8], root: &[u8]) -> Option<usize> {
    let mut at = 0;
    for wanted in root {
        let (byte, length) = decoded(&raw[at..])?;
        if byte != *wanted {
            return None;
        }
        at += length;
    }
    matches!(raw.get(at), None | Some(b'/')).then_some(at)
}

/// The first byte that a path says, and how many bytes say it.
fn decoded(raw: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match raw {
        [b'%', high, low, ..] => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => Some((high << 4 | low, 3)),
            _ => Some((b'%', 1)),
        },
        [first, ..] => Some((*first, 1)),
        [] => None,
    }
}

fn quoted(path: &str) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte) {
            quoted.push(byte);
        } else {
            quoted.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    quoted
}
