//! The network as one component was granted it: `allowed_outbound_hosts` for HTTP and sockets alike, less the blocked networks.

use crate::connections::{Connections, Permit, Permits};
use crate::outbound_http::{CallHttp, HttpClient, Neighbours};
use atoll_engine::network::{Allowing, Held, Network};
use atoll_engine::output::{Lines, Source};
use atoll_engine::trace::Current;
use atoll_rules::hosts::{AllowedHosts, Denial, OutboundUrl};
use atoll_rules::networks::BlockedNetworks;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use wasmtime_wasi_http::WasiHttpHooks;

/// What the components of a process share of the network.
pub struct Shared {
    pub client: HttpClient,
    pub blocked: Arc<BlockedNetworks>,
    pub connections: Connections,
    /// Set once the app is loaded; a command has none.
    pub neighbours: OnceLock<Arc<dyn Neighbours>>,
    pub lines: Arc<dyn Lines>,
}

/// One component's grant.
pub struct Granted {
    component: Arc<str>,
    allowed: AllowedHosts,
    shared: Arc<Shared>,
}

impl Granted {
    pub fn new(component: Arc<str>, allowed: AllowedHosts, shared: Arc<Shared>) -> Self {
        Self { component, allowed, shared }
    }

    pub(crate) fn allows_url(&self, url: &OutboundUrl<'_>) -> bool {
        let allowed = self.allowed.allows(url);
        if !allowed {
            self.say(&Denial::of(url).to_string());
        }
        allowed
    }

    /// May a room connect to this address for the component? A name is resolved, so that it cannot stand for a blocked network.
    pub(crate) async fn allows_address(&self, address: &str, scheme: &'static str) -> bool {
        let Ok(url) = OutboundUrl::parse(address, scheme) else {
            self.say(&format!("The address is not one of {scheme}: it names no host that could be connected to."));
            return false;
        };
        self.allows_url(&url) && !self.is_blocked(&url).await
    }

    async fn is_blocked(&self, url: &OutboundUrl<'_>) -> bool {
        if self.shared.blocked.is_empty() {
            return false;
        }
        let host = url.host().to_string();
        let host = host.trim_matches(['[', ']']);
        let found = tokio::net::lookup_host((host, url.port().unwrap_or(0))).await;
        let blocked = found.ok().and_then(|mut found| found.find(|found| self.shared.blocked.blocks(found.ip())));
        if let Some(address) = blocked {
            self.say(&format!("The address {} is in a blocked network.", address.ip()));
        }
        blocked.is_some()
    }

    /// May the component call its own app?
    pub(crate) fn allows_own_app(&self, scheme: &str) -> bool {
        let allowed = self.allowed.allows_relative();
        if !allowed {
            self.say(&Denial::of_own_app(scheme).to_string());
        }
        allowed
    }

    async fn allows_socket(&self, scheme: &'static str, address: SocketAddr) -> bool {
        if self.shared.blocked.blocks(address.ip()) {
            self.say(&format!("The address {address} is in a blocked network."));
            return false;
        }
        let allowed = self.allowed.allows_socket(scheme, address) || self.names_lead_to(scheme, address).await;
        if !allowed {
            self.say(&Denial::of(&OutboundUrl::of_socket(scheme, address)).to_string());
        }
        allowed
    }

    /// A socket knows no names: those that are granted are resolved here, whatever the guest was told.
    async fn names_lead_to(&self, scheme: &str, address: SocketAddr) -> bool {
        for name in self.allowed.socket_names(scheme, address.port()) {
            let found = tokio::net::lookup_host((name, address.port())).await;
            if found.is_ok_and(|mut found| found.any(|found| found.ip() == address.ip())) {
                return true;
            }
        }
        false
    }

    pub(crate) fn component(&self) -> &str {
        &self.component
    }

    /// A permit of one more connection that a room holds open.
    pub(crate) fn session(&self) -> Option<Permit> {
        self.permitted(&self.shared.connections.sessions)
    }

    fn permitted(&self, permits: &Permits) -> Option<Permit> {
        let permit = permits.take();
        if permit.is_none() {
            self.say("There are as many connections as the runtime config allows (`outbound_networking`).");
        }
        permit
    }

    pub(crate) fn client(&self) -> &HttpClient {
        &self.shared.client
    }

    pub(crate) fn neighbours(&self) -> Option<Arc<dyn Neighbours>> {
        self.shared.neighbours.get().cloned()
    }

    /// A refusal is told to the component's own log, where its author looks.
    fn say(&self, denial: &str) {
        for line in denial.lines() {
            self.shared.lines.line(&self.component, 0, Source::Stderr, line.as_bytes());
        }
    }
}

/// A grant as the engine asks it.
pub struct GrantedNetwork(pub Arc<Granted>);

impl Network for GrantedNetwork {
    fn has_sockets(&self) -> bool {
        !self.0.allowed.entries().is_empty()
    }

    fn socket(&self) -> Option<Held> {
        self.0.permitted(&self.0.shared.connections.sockets).map(|permit| -> Held { Box::new(permit) })
    }

    fn allows(&self, scheme: &'static str, address: SocketAddr) -> Allowing {
        let granted = self.0.clone();
        Box::pin(async move { granted.allows_socket(scheme, address).await })
    }

    fn http(&self, depth: u32, trace: Option<Current>) -> Box<dyn WasiHttpHooks> {
        Box::new(CallHttp { granted: self.0.clone(), depth, trace })
    }
}
