//! One entry of `allowed_outbound_hosts`: its grammar and what it allows.

use super::url::default_port;
use super::{ALLOWED_HOST_INVALID, CHAINING_SUFFIX, HostName, OutboundUrl};
use crate::Problem;
use ipnet::IpNet;
use std::ops::Range;
use url::Host;

/// Which schemes an entry allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeRule {
    Any,
    /// In lower case.
    Is(String),
}

/// Which hosts an entry allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostRule {
    Any,
    /// The component's own app.
    Own,
    Is(HostName<'static>),
    /// Names that end in a dot and this domain.
    SubdomainOf(String),
    Network(IpNet),
}

/// Which ports an entry allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRule {
    Any,
    Is(u16),
    /// The end is excluded.
    In(Range<u16>),
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    pub scheme: SchemeRule,
    pub host: HostRule,
    pub port: PortRule,
}

impl AllowedHost {
    /// Read one entry whose templates are resolved. The code of the problem is [`ALLOWED_HOST_INVALID`].
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let refused = |message: String| Problem::new(ALLOWED_HOST_INVALID, text, message);
        let trimmed = text.trim();
        if trimmed == "insecure:allow-all" {
            let advice = "use '*://*:*' instead if you really want to allow all outbound traffic'";
            return Err(refused(format!("'insecure:allow-all' is not allowed - {advice}")).hint("write `*://*:*`"));
        }
        let Some((scheme, rest)) = trimmed.split_once("://") else { return Err(without_scheme(trimmed)) };
        let scheme = parse_scheme(scheme).map_err(refused)?;
        let (host, port) = split_port(rest);
        let port = match port.split_once('/') {
            Some((_, path)) if !path.is_empty() => {
                return Err(refused(format!("{trimmed:?} has a path but is not allowed to")));
            }
            Some((port, _)) => port,
            None => port,
        };
        let port = parse_port(port, &scheme).map_err(|why| refused(format!("Invalid allowed host port {port:?}: {why}")))?;
        let host = parse_host(host).map_err(|why| refused(format!("Invalid allowed host {host:?}: {why}")))?;
        Ok(Self { scheme, host, port })
    }

    /// Whether the entry stands for calls to other components inside the process.
    pub fn is_service_chaining(&self) -> bool {
        match &self.host {
            HostRule::Is(HostName::Name(name)) => name.ends_with(CHAINING_SUFFIX),
            HostRule::SubdomainOf(suffix) => *suffix == CHAINING_SUFFIX[1..],
            _ => false,
        }
    }

    /// `*.spin.internal` stands for exactly the components of the app.
    pub(super) fn expand<C: AsRef<str>>(self, component_ids: &[C], into: &mut Vec<AllowedHost>) {
        if !matches!(self.host, HostRule::SubdomainOf(_)) || !self.is_service_chaining() {
            return into.push(self);
        }
        into.extend(component_ids.iter().map(|id| Self {
            host: HostRule::Is(HostName::Name(format!("{}{CHAINING_SUFFIX}", id.as_ref()).into())),
            ..self.clone()
        }));
    }

    pub(super) fn allows(&self, url: &OutboundUrl<'_>) -> bool {
        self.allows_scheme(url.scheme()) && self.allows_port(url.port()) && self.allows_host(url.host())
    }

    /// The name that the entry allows, if it allows one with this scheme and port. A component of the app has no socket.
    pub(super) fn name_for(&self, scheme: &str, port: u16) -> Option<&str> {
        match &self.host {
            HostRule::Is(HostName::Name(name)) if !self.is_service_chaining() => {
                (self.allows_scheme(scheme) && self.allows_port(Some(port))).then_some(name)
            }
            _ => None,
        }
    }

    pub(super) fn allows_relative(&self) -> bool {
        let http = self.allows_scheme("http") || self.allows_scheme("https");
        http && matches!(self.host, HostRule::Any | HostRule::Own)
    }

    fn allows_scheme(&self, scheme: &str) -> bool {
        match &self.scheme {
            SchemeRule::Any => true,
            SchemeRule::Is(allowed) => allowed == scheme,
        }
    }

    fn allows_host(&self, host: &HostName<'_>) -> bool {
        match (&self.host, host) {
            (HostRule::Any, _) => true,
            (HostRule::Is(allowed), host) => allowed == host,
            (HostRule::SubdomainOf(suffix), HostName::Name(name)) => {
                name.strip_suffix(suffix.as_str()).is_some_and(|label| label.len() > 1 && label.ends_with('.'))
            }
            (HostRule::Network(network), HostName::Ip(address)) => network.contains(address),
            _ => false,
        }
    }

    fn allows_port(&self, port: Option<u16>) -> bool {
        match &self.port {
            PortRule::Any => true,
            PortRule::Is(allowed) => port == Some(*allowed),
            PortRule::In(range) => port.is_some_and(|port| range.contains(&port)),
        }
    }
}

fn without_scheme(text: &str) -> Problem {
    if !matches!(text, "" | "*" | ":" | "?") {
        let message = format!("{text:?} does not contain a scheme (e.g., 'http://' or '*://')");
        return Problem::new(ALLOWED_HOST_INVALID, text, message)
            .hint(format!("write `https://{text}`, or `*://{text}` for any scheme"));
    }
    Problem::new(ALLOWED_HOST_INVALID, text, format!("{text:?} is not an allowed outbound host format.")).hint(
        "Hosts must be in the form <scheme>://<host>[:<port>], with '*' wildcards allowed for each.\n\
         If you intended to allow all outbound networking, you can use '*://*:*' - this will obviate all network sandboxing.",
    )
}

fn parse_scheme(scheme: &str) -> Result<SchemeRule, String> {
    let why = match scheme {
        "*" => return Ok(SchemeRule::Any),
        "" => "it is empty",
        list if list.starts_with('{') => "scheme lists are not supported",
        word if word.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            return Ok(SchemeRule::Is(word.to_ascii_lowercase()));
        }
        _ => "only alphabetic characters are allowed",
    };
    Err(format!("Invalid allowed host scheme {scheme:?}: {why}"))
}

/// Host and port. The colons of an IPv6 address or network separate nothing.
fn split_port(rest: &str) -> (&str, &str) {
    let bare = rest.strip_suffix('/').unwrap_or(rest);
    let is_address = bare.starts_with('[') && bare.find(']') == Some(bare.len() - 1);
    if is_address || bare.parse::<IpNet>().is_ok() {
        return (bare, "");
    }
    rest.rsplit_once(':').unwrap_or((rest, ""))
}

fn parse_port(port: &str, scheme: &SchemeRule) -> Result<PortRule, String> {
    if port.is_empty() {
        let (name, default) = match scheme {
            SchemeRule::Any => ("*", None),
            SchemeRule::Is(name) => (name.as_str(), default_port(name)),
        };
        let missing = || format!("no port was provided and the scheme {name:?} does not have a known default port number");
        return default.map(PortRule::Is).ok_or_else(missing);
    }
    if port == "*" {
        return Ok(PortRule::Any);
    }
    if port.starts_with('{') {
        return Err("port lists are not yet supported".to_owned());
    }
    match port.split_once("..") {
        Some((from, to)) => {
            let number = |digits| number(digits).map_err(|why| format!("port range {port:?} contains non-number: {why}"));
            let range = number(from)?..number(to)?;
            if range.is_empty() {
                Err(format!("port range {port:?} is empty: its end is excluded"))
            } else {
                Ok(PortRule::In(range))
            }
        }
        None => number(port).map(PortRule::Is).map_err(|why| format!("port {port:?} is not a number: {why}")),
    }
}

fn number(digits: &str) -> Result<u16, String> {
    if digits.starts_with('+') {
        return Err("invalid digit found in string".to_owned());
    }
    digits.parse().map_err(|why: std::num::ParseIntError| why.to_string())
}

fn parse_host(text: &str) -> Result<HostRule, String> {
    let host = text.strip_suffix('/').filter(|host| !host.is_empty()).unwrap_or(text);
    match host {
        "*" => return Ok(HostRule::Any),
        "self" | "self.alt" => return Ok(HostRule::Own),
        "" | "/" => return Err("empty host".to_owned()),
        list if list.starts_with('{') => return Err("host lists are not yet supported".to_owned()),
        _ => {}
    }
    if let Ok(network) = host.parse::<IpNet>() {
        return Ok(HostRule::Network(network.trunc()));
    }
    if host.contains('/') {
        return Err("must not include a path".to_owned());
    }
    if let Some(suffix) = host.strip_prefix("*.") {
        return parse_suffix(host, suffix);
    }
    if host.contains('*') {
        return Err("wildcards are allowed only as subdomains".to_owned());
    }
    Host::parse(host).map(|host| HostRule::Is(host.into())).map_err(|why| why.to_string())
}

fn parse_suffix(host: &str, suffix: &str) -> Result<HostRule, String> {
    if suffix.contains('*') {
        return Err("wildcards are allowed only as prefixes".to_owned());
    }
    match Host::parse(suffix) {
        Ok(Host::Domain(suffix)) => Ok(HostRule::SubdomainOf(suffix)),
        Ok(_) => Err("wildcard suffix must be a domain".to_owned()),
        Err(why) => Err(format!("invalid wildcard host {host:?}: {why}")),
    }
}
