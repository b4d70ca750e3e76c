//! Which host a request names, or why it must be answered 400 (RFC 9112, 3.2; RFC 9113, 8.3.1).

use http::header::{HOST, HeaderMap};
use http::{Uri, Version};
use std::net::Ipv6Addr;

/// What stands for the host when a request may leave it out.
pub(super) const DEFAULT: &str = "localhost";

/// The scheme by which the listener was reached. The client has no say in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// The port that an authority of this scheme may leave out.
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// Why a request must be answered 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAuthority {
    #[error("the request has no Host header")]
    Missing,
    #[error("the request has more than one Host header")]
    Duplicate,
    #[error("the request's host is not valid")]
    Invalid,
    #[error("the Host header differs from the host of the request's URI")]
    Mismatch,
}

/// The host, with its port if one was sent. Only HTTP/1.0 may leave it out: then `localhost`. Allocates nothing.
pub fn authority<'a>(version: Version, scheme: Scheme, uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, BadAuthority> {
    let host = host_header(headers)?;
    let target = uri.authority().map(|authority| authority.as_str());
    for named in [host, target].into_iter().flatten() {
        if !is_valid_authority(named) {
            return Err(BadAuthority::Invalid);
        }
    }
    match (host, target) {
        (Some(host), Some(target)) if !same(scheme, host, target) => Err(BadAuthority::Mismatch),
        (None, Some(_)) if version == Version::HTTP_11 => Err(BadAuthority::Missing),
        (Some(named), _) | (None, Some(named)) => Ok(named),
        (None, None) if version <= Version::HTTP_10 => Ok(DEFAULT),
        (None, None) => Err(BadAuthority::Missing),
    }
}

fn host_header(headers: &HeaderMap) -> Result<Option<&str>, BadAuthority> {
    let mut values = headers.get_all(HOST).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(BadAuthority::Duplicate);
    }
    first.to_str().map(Some).map_err(|_| BadAuthority::Invalid)
}

/// The authority without its port, and the port's digits.
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // A colon inside the brackets of an IPv6 address starts no port.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Whether `authority` is `host` or `host:port`: a name, an IPv4 address or a bracketed IPv6 address. No user
/// information: a URL that is built from it must lead nowhere else.
pub fn is_valid_authority(authority: &str) -> bool {
    let (host, port) = split_port(authority);
    let port_is_valid =
        port.is_none_or(|port| port.is_empty() || port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    let host_is_valid = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(is_name_byte),
    };
    port_is_valid && host_is_valid
}

/// RFC 3986 `reg-name` without percent-encoding, which no server needs in a name.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

fn same(scheme: Scheme, left: &str, right: &str) -> bool {
    let port = |port: Option<&str>| port.and_then(|digits| digits.parse().ok()).unwrap_or(scheme.default_port());
    let ((left, left_port), (right, right_port)) = (split_port(left), split_port(right));
    left.eq_ignore_ascii_case(right) && port(left_port) == port(right_port)
}
