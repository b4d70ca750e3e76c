//! Addresses that no guest may reach, whatever its allowed hosts say: they are checked after name resolution, so that a
//! public name cannot lead into a private network.
//!
//! `private` means whatever is not global unicast by the IANA special-purpose registries, and the metadata services of
//! clouds. An IPv6 address that carries an IPv4 address (mapped, translated, 6to4) is blocked where that one is.

use crate::Problem;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The code of a problem with an entry.
pub const BLOCKED_NETWORK_INVALID: &str = "blocked-network-invalid";

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

const PRIVATE_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    // The metadata service of most clouds lies here: 169.254.169.254.
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    // Azure's platform service has an address that looks public.
    v4(168, 63, 129, 16, 32),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

const PRIVATE_V6: [Ipv6Net; 13] = [
    // Unspecified, loopback and the deprecated IPv4-compatible form.
    v6(0, 0, 0, 96),
    // IPv4-translated (RFC 2765).
    Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96),
    // Translation for local use (RFC 8215).
    v6(0x64, 0xff9b, 1, 48),
    v6(0x100, 0, 0, 64),
    // IETF protocol assignments, Teredo among them.
    v6(0x2001, 0, 0, 23),
    v6(0x2001, 0xdb8, 0, 32),
    v6(0x3ffe, 0, 0, 16),
    v6(0x3fff, 0, 0, 20),
    v6(0x5f00, 0, 0, 16),
    v6(0xfc00, 0, 0, 7),
    v6(0xfe80, 0, 0, 10),
    v6(0xfec0, 0, 0, 10),
    v6(0xff00, 0, 0, 8),
];

/// The networks that a host keeps its guests out of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockedNetworks {
    networks: Vec<IpNet>,
    private: bool,
}

impl BlockedNetworks {
    /// Read entries: a network (`10.0.0.0/8`), an address, or `private`. All problems at once; their code is
    /// [`BLOCKED_NETWORK_INVALID`].
    pub fn parse<E: AsRef<str>>(entries: &[E]) -> Result<Self, Vec<Problem>> {
        let (mut blocked, mut problems) = (Self::default(), Vec::new());
        for entry in entries.iter().map(|entry| entry.as_ref().trim()) {
            match network(entry) {
                _ if entry == "private" => blocked.private = true,
                Some(network) => blocked.networks.push(network),
                None => problems.push(
                    Problem::new(BLOCKED_NETWORK_INVALID, entry, format!("`{entry}` is no network"))
                        .hint("write a network such as `10.0.0.0/8` or `fd00::/8`, an address, or `private`"),
                ),
            }
        }
        if problems.is_empty() { Ok(blocked) } else { Err(problems) }
    }

    /// Whether nothing is blocked.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty() && !self.private
    }

    /// Must a connection to this address be refused?
    pub fn blocks(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.blocks_v4(address),
            IpAddr::V6(address) => self.blocks_v6(address),
        }
    }

    fn blocks_v4(&self, address: Ipv4Addr) -> bool {
        self.is_listed(address.into()) || self.private && PRIVATE_V4.iter().any(|network| network.contains(&address))
    }

    fn blocks_v6(&self, address: Ipv6Addr) -> bool {
        let is_private = || PRIVATE_V6.iter().any(|network| network.contains(&address));
        let carried = carried_v4(address).is_some_and(|address| self.blocks_v4(address));
        carried || self.is_listed(address.into()) || self.private && is_private()
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

fn network(entry: &str) -> Option<IpNet> {
    entry.parse().map(|network: IpNet| network.trunc()).or_else(|_| entry.parse().map(|address: IpAddr| address.into())).ok()
}

/// The IPv4 address that a packet to this address ends up at: mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}
