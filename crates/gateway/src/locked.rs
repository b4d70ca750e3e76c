//! The locked app as the listener reads it: Spin's document, and what atoll adds under `metadata.atoll`.

use atoll_capabilities::rooms::{Labels, Own};
use atoll_capabilities::variables::Value;
use atoll_engine::{Limits, Reuse};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Deserialize)]
pub struct LockedApp {
    #[serde(default)]
    pub metadata: AppMetadata,
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    #[serde(default)]
    pub components: Vec<Component>,
}

#[derive(Debug, Default, Deserialize)]
pub struct AppMetadata {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub version: Option<String>,
    #[serde(default)]
    pub oci_image_digest: Option<String>,
    #[serde(default)]
    pub atoll: AppAdditions,
}

#[derive(Debug, Default, Deserialize)]
pub struct AppAdditions {
    #[serde(default)]
    pub features: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Trigger {
    pub id: String,
    pub trigger_type: String,
    pub trigger_config: serde_json::Value,
}

#[derive(Debug, Deserialize)]
pub struct Component {
    pub id: String,
    #[serde(default)]
    pub metadata: ComponentMetadata,
    pub source: Source,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The component's variables, with what is known at the start filled in.
    #[serde(default)]
    pub config: BTreeMap<String, Value>,
    #[serde(default)]
    pub files: Vec<Files>,
}

#[derive(Debug, Default, Deserialize)]
pub struct ComponentMetadata {
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    #[serde(flatten)]
    pub labels: Labels,
    #[serde(default)]
    pub atoll: Additions,
}

#[derive(Debug, Default, Deserialize)]
pub struct Additions {
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub reuse: Reuse,
    #[serde(flatten)]
    pub rooms: Own,
    /// Instances begin as the guest is after its start.
    #[serde(default)]
    pub snapshot: bool,
    /// Variables that nobody may read in a recording.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
pub struct Source {
    /// A `file://` URL.
    #[serde(default)]
    pub source: Option<String>,
    /// The bytes themselves, in base64.
    #[serde(default)]
    pub inline: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Files {
    /// A `file://` URL of a directory.
    pub source: Option<String>,
    /// Where the guest finds it.
    pub path: String,
}

/// What an HTTP trigger says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// As [`atoll_rules::routes::Declared`] reads it.
    pub route: serde_json::Value,
    #[serde(default)]
    pub component: Option<String>,
    #[serde(default)]
    pub static_response: Option<StaticResponse>,
    #[serde(default)]
    pub executor: Option<Executor>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticResponse {
    #[serde(default = "ok")]
    pub status_code: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: Option<String>,
}

fn ok() -> u16 {
    200
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Executor {
    #[default]
    #[serde(alias = "spin")]
    Http,
    Wagi {
        #[serde(default = "argv")]
        argv: String,
        /// Other than `_start` is refused: adapters know no other.
        #[serde(default)]
        entrypoint: Option<String>,
    },
}

fn argv() -> String {
    "${SCRIPT_NAME} ${ARGS}".into()
}
