//! `allowed_outbound_hosts`: where a component may connect to.
//!
//! An entry is `scheme://host[:port]`, with `*` for any of them (`*://*:*`), networks (`*://10.0.0.0/8:*`), subdomains
//! (`https://*.example.com`), port ranges that exclude their end (`8000..8003`), the app itself (`http://self`) and other
//! components (`http://name.spin.internal`). Templates are resolved before they come here.
//!
//! Connect to what was checked: [`OutboundUrl::host`] and [`OutboundUrl::port`], never to a second reading of the text.

mod denial;
mod entry;
mod url;

pub use denial::Denial;
pub use entry::{AllowedHost, HostRule, PortRule, SchemeRule};
pub use url::{BadUrl, HostName, OutboundUrl};

use crate::Problem;
use std::net::SocketAddr;

/// The code of every problem with an entry.
pub const ALLOWED_HOST_INVALID: &str = "allowed-host-invalid";

/// The authority by which a component names its own app.
pub const SELF_AUTHORITY: &str = "self.alt";

const CHAINING_SUFFIX: &str = ".spin.internal";

/// What an optional entry resolves to when its variable is empty: no grant.
const EMPTY: [&str; 3] = ["", "http://", "https://"];

/// Everywhere that one component may connect to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    entries: Vec<AllowedHost>,
}

impl AllowedHosts {
    /// Read a whole list; `component_ids` are those of the app, which `*.spin.internal` stands for. All problems at once.
    pub fn parse<E: AsRef<str>, C: AsRef<str>>(list: &[E], component_ids: &[C]) -> Result<Self, Vec<Problem>> {
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        for text in list.iter().map(AsRef::as_ref).filter(|text| !EMPTY.contains(text)) {
            match AllowedHost::parse(text) {
                Ok(entry) => entry.expand(component_ids, &mut entries),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Self { entries }) } else { Err(problems) }
    }

    /// The entries in order, `*.spin.internal` expanded.
    pub fn entries(&self) -> &[AllowedHost] {
        &self.entries
    }

    /// May the component connect there? Allocates nothing.
    pub fn allows(&self, url: &OutboundUrl<'_>) -> bool {
        self.entries.iter().any(|entry| entry.allows(url))
    }

    /// May the component's raw socket of `scheme` (`tcp` or `udp`) reach this address?
    pub fn allows_socket(&self, scheme: &str, address: SocketAddr) -> bool {
        self.allows(&OutboundUrl::of_socket(scheme, address))
    }

    /// The names that raw sockets of `scheme` may reach at `port`: an address they resolve to is allowed too.
    pub fn socket_names<'a>(&'a self, scheme: &'a str, port: u16) -> impl Iterator<Item = &'a str> {
        self.entries.iter().filter_map(move |entry| entry.name_for(scheme, port))
    }

    /// May the component send requests to its own app, by a relative URL or to [`SELF_AUTHORITY`]?
    pub fn allows_relative(&self) -> bool {
        self.entries.iter().any(AllowedHost::allows_relative)
    }
}

/// The component that is called inside the process when this host (with or without port) is requested.
pub fn chaining_target(authority: &str) -> Option<&str> {
    let (host, _) = crate::headers::split_port(authority);
    host.strip_suffix(CHAINING_SUFFIX).filter(|id| !id.is_empty() && !id.contains('.'))
}
