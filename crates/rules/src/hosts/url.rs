//! Where a guest wants to connect to, read once and in one way.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use url::{Host, Url};

/// A host in canonical form: names in lower case and ASCII, addresses as addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostName<'a> {
    Ip(IpAddr),
    Name(Cow<'a, str>),
}

impl<S: Into<String>> From<Host<S>> for HostName<'static> {
    fn from(host: Host<S>) -> Self {
        match host {
            Host::Domain(name) => Self::Name(Cow::Owned(name.into())),
            Host::Ipv4(address) => Self::Ip(address.into()),
            Host::Ipv6(address) => Self::Ip(address.into()),
        }
    }
}

impl fmt::Display for HostName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostName::Name(name) => f.write_str(name),
            HostName::Ip(IpAddr::V4(address)) => address.fmt(f),
            HostName::Ip(IpAddr::V6(address)) => Host::<&str>::Ipv6(*address).fmt(f),
        }
    }
}

/// The text names no destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadUrl(Cow<'static, str>);

impl From<url::ParseError> for BadUrl {
    fn from(error: url::ParseError) -> Self {
        Self(Cow::Owned(error.to_string()))
    }
}

/// A destination: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundUrl<'a> {
    scheme: Cow<'a, str>,
    host: HostName<'a>,
    port: Option<u16>,
}

/// The port that goes without saying.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        _ => None,
    }
}

impl<'a> OutboundUrl<'a> {
    /// The destination of an HTTP request, from its parts. Allocates nothing for a plain lower-case name or an address in
    /// its usual form.
    pub fn of(scheme: &'a str, authority: &'a str) -> Result<Self, BadUrl> {
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, after)| after);
        let (host, port) = crate::headers::split_port(host_and_port);
        let port = match port.filter(|digits| !digits.is_empty()) {
            Some(digits) => Some(port_number(digits)?),
            None => None,
        };
        let scheme = match scheme.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(scheme.to_ascii_lowercase()),
            false => Cow::Borrowed(scheme),
        };
        Ok(Self { port: without_default(&scheme, port), scheme, host: canonical(host)? })
    }

    /// The destination of a raw socket.
    pub fn of_socket(scheme: &'a str, address: SocketAddr) -> Self {
        Self { scheme: Cow::Borrowed(scheme), host: HostName::Ip(address.ip()), port: Some(address.port()) }
    }

    /// The destination that an address in text names: a URL, or `host[:port]` of `default_scheme`. A password may contain
    /// `#`, `?` and `@`; one that contains `/` must be percent-encoded. Anything whose host is doubtful is an error.
    pub fn parse(text: &str, default_scheme: &str) -> Result<OutboundUrl<'static>, BadUrl> {
        // The URL standard drops tabs and line ends; whoever connects may not.
        if text.contains(|character: char| character.is_control() || character == '\\') {
            return Err(BadUrl(Cow::Borrowed("the address has a control character or a backslash")));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
            _ => (default_scheme, text.strip_prefix("//").unwrap_or(text)),
        };
        // `/x` would be read as the host `x`.
        if !text.contains("://") && rest.starts_with('/') {
            return Err(BadUrl(Cow::Borrowed("a relative URL names no host")));
        }
        let rest = without_userinfo(rest);
        let url = Url::parse(&format!("{scheme}://{rest}"))?;
        let host = match url.host() {
            // Not of HTTP: whoever connects reads numbers such as `0x` and `0x7f.1` in its own way.
            Some(Host::Domain(name)) => match canonical(name)?.into_owned() {
                HostName::Ip(_) if name.parse::<Ipv4Addr>().is_err() => return Err(url::ParseError::InvalidIpv4Address.into()),
                host => host,
            },
            Some(Host::Ipv4(_)) => canonical(rest.split(['/', '?', '#', ':']).next().unwrap_or_default())?.into_owned(),
            Some(host) => host.to_owned().into(),
            None => return Err(url::ParseError::EmptyHost.into()),
        };
        Ok(OutboundUrl { scheme: Cow::Owned(url.scheme().to_owned()), host, port: url.port() })
    }

    /// The scheme in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host in canonical form.
    pub fn host(&self) -> &HostName<'a> {
        &self.host
    }

    /// The port, or the scheme's own.
    pub fn port(&self) -> Option<u16> {
        self.port.or_else(|| default_port(&self.scheme))
    }

    /// `host[:port]`, without the port of HTTP and HTTPS that goes without saying.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }
}

impl HostName<'_> {
    fn into_owned(self) -> HostName<'static> {
        match self {
            HostName::Ip(address) => HostName::Ip(address),
            HostName::Name(name) => HostName::Name(Cow::Owned(name.into_owned())),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// User information reaches up to the last `@` before the first slash, whatever it contains.
fn without_userinfo(rest: &str) -> Cow<'_, str> {
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => Cow::Borrowed(&rest[at + 1..]),
        None => Cow::Borrowed(rest),
    }
}

fn port_number(digits: &str) -> Result<u16, BadUrl> {
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.ok_or_else(|| url::ParseError::InvalidPort.into())
}

fn without_default(scheme: &str, port: Option<u16>) -> Option<u16> {
    port.filter(|port| !matches!((scheme, port), ("http", 80) | ("https", 443)))
}

/// A host as the URL standard reads it. What is plain already is borrowed.
fn canonical(host: &str) -> Result<HostName<'_>, BadUrl> {
    if is_plain_name(host) {
        return Ok(HostName::Name(Cow::Borrowed(host)));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok(HostName::Ip(address.into()));
    }
    match Host::parse(host)? {
        // `a,b` would be two hosts for some clients, and `key=value` none.
        Host::Domain(name) if !name.bytes().all(is_of_name) => Err(url::ParseError::InvalidDomainCharacter.into()),
        // A resolver takes a number with a dot at its end for a name.
        Host::Ipv4(_) if host.ends_with('.') => Err(url::ParseError::InvalidIpv4Address.into()),
        host => Ok(host.into()),
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte)
}

/// Lower-case ASCII that is neither an address in disguise (`0x7f.1`) nor an encoded international name.
fn is_plain_name(host: &str) -> bool {
    let plain = host.bytes().all(is_of_name);
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    plain && last.bytes().next().is_some_and(|byte| !byte.is_ascii_digit()) && !host.contains("xn--")
}
