//! The settings of one run, as `atoll.host` hands them down.

use crate::development::DevelopmentSettings;
use crate::recordings::RecordSettings;
use crate::tls::TlsSettings;
use atoll_capabilities::outbound_http::OutboundSettings;
use atoll_capabilities::rooms::RoomSettings;
use atoll_engine::EngineSettings;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Everything about a run that the locked app does not say.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `host:port`; port 0 takes a free one.
    pub listen: String,
    /// A listening socket that this process inherited; `listen` then only names it.
    pub listen_fd: Option<i32>,
    /// Every connection begins with a header of the PROXY protocol.
    pub proxy_protocol: bool,
    /// Answers are compressed for those who take it.
    pub compress: bool,
    /// Worker processes of the app; what is counted is divided by them.
    pub workers: u32,
    /// This process among them, from 0.
    pub worker: u32,
    pub drain_ms: u64,
    /// Guests may write to their files; what they write is gone with the process.
    pub allow_transient_write: bool,
    /// Overrides the memory limit of every component, in bytes.
    pub max_instance_memory: Option<u64>,
    /// Overrides the deadline of every component, in milliseconds.
    pub request_timeout_ms: Option<u64>,
    pub http: HttpSettings,
    /// None serves without TLS.
    pub tls: Option<TlsSettings>,
    pub log: LogSettings,
    pub engine: EngineSettings,
    pub outbound: OutboundSettings,
    pub rooms: RoomSettings,
    pub observe: ObserveSettings,
    /// None shows nothing of a failure to whoever asked.
    pub development: Option<DevelopmentSettings>,
    /// None records no calls.
    pub record: Option<RecordSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:3000".into(),
            listen_fd: None,
            proxy_protocol: false,
            compress: false,
            workers: 1,
            worker: 0,
            drain_ms: 10_000,
            allow_transient_write: false,
            max_instance_memory: None,
            request_timeout_ms: None,
            http: HttpSettings::default(),
            tls: None,
            log: LogSettings::default(),
            engine: EngineSettings::default(),
            outbound: OutboundSettings::default(),
            rooms: RoomSettings::default(),
            observe: ObserveSettings::default(),
            development: None,
            record: None,
        }
    }
}

impl Settings {
    pub fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// What is measured, the part `observe` of the settings document. By default nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ObserveSettings {
    /// Whether requests and calls are counted.
    pub metrics: bool,
    /// Which requests are traced; none exports no traces.
    pub traces: Option<Sampler>,
    /// Whether guest output and failures are exported as log records.
    pub logs: bool,
    /// Whether the metrics that guests make themselves are exported.
    pub guest_metrics: bool,
    /// Whether profiles can be gathered; they are when somebody switches them on.
    pub profiles: bool,
}

/// Which traces are recorded.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Sampler {
    /// Whoever calls decides, where a caller does.
    pub parent_based: bool,
    /// The share of the other traces, from 0 to 1.
    pub ratio: f64,
}

/// What a client may send, and how slowly.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct HttpSettings {
    /// Bytes of a request's head: line and headers.
    pub max_header_bytes: usize,
    pub max_headers: usize,
    pub max_uri_bytes: usize,
    pub max_body_bytes: u64,
    /// Time for a request's head to arrive, and for an idle connection to stay, in milliseconds.
    pub header_timeout_ms: u64,
    /// Connections of this process at the same time.
    pub max_connections: usize,
    /// How long a worker looks for the next request before it sleeps, in microseconds; 0 sleeps at once.
    pub busy_poll_us: u64,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            max_header_bytes: 64 << 10,
            max_headers: 100,
            max_uri_bytes: 8 << 10,
            max_body_bytes: 1 << 30,
            header_timeout_ms: 30_000,
            max_connections: 10_000,
            busy_poll_us: 200,
        }
    }
}

impl HttpSettings {
    pub fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms)
    }

    /// How long a worker looks for the next request before it sleeps.
    pub fn busy_poll(&self) -> Duration {
        Duration::from_micros(self.busy_poll_us)
    }
}

/// How the access log is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AccessFormat {
    #[default]
    Off,
    Text,
    Json,
}

/// Which components' output the terminal shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Follow {
    /// The word `all`.
    All(String),
    Some(Vec<String>),
}

impl Follow {
    pub fn shows(&self, component: &str) -> bool {
        match self {
            Self::All(_) => true,
            Self::Some(ids) => ids.iter().any(|id| id == component),
        }
    }
}

/// Where logs go, the part `log` of the settings document.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct LogSettings {
    /// Two files a component, `<id>_stdout.txt` and `<id>_stderr.txt`; none writes no files.
    pub dir: Option<PathBuf>,
    /// Empty the files at start.
    pub truncate: bool,
    /// Bytes of a file before it begins anew; its predecessor is kept.
    pub max_bytes: u64,
    pub follow: Follow,
    pub access: AccessFormat,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { dir: None, truncate: false, max_bytes: 64 << 20, follow: Follow::All("all".into()), access: AccessFormat::Off }
    }
}
