//! The rooms together: what is linked, what a component was granted, what one call of it holds open.

use crate::outbound::Grant;
use crate::quota::{Asking, Quotas};
use crate::{
    blobstore, custom, key_value, llm, logging, messaging, mqtt, mysql, network, otel, postgres, redis, sql, sqlite, variables,
};
use atoll_engine::meter::Usage;
use atoll_engine::rooms::Kept;
use atoll_engine::{Code, Problem, Problems, Rooms, State};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use wasmtime::component::{Linker, ResourceTable};

macro_rules! rooms {
    ($($room:ident,)*) => {
        /// All rooms, for the engine.
        pub const ROOMS: Rooms = Rooms {
            link,
            interfaces: &[$((stringify!($room), $room::INTERFACES)),*],
            is_granted: custom::is_granted,
            link_granted: custom::link_granted,
            link_module: custom::link_module,
        };

        fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
            $($room::link(linker, many_tasks)?;)*
            Ok(())
        }
    };
}

rooms! {
    blobstore,
    key_value,
    llm,
    logging,
    messaging,
    mqtt,
    mysql,
    otel,
    postgres,
    redis,
    sqlite,
    variables,
}

/// The backends of an app, the part `rooms` of the settings document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoomSettings {
    pub key_value: BTreeMap<String, key_value::Backend>,
    pub sqlite: BTreeMap<String, sqlite::Backend>,
}

/// The open backends of an app, for all of its components.
#[derive(Clone, Default)]
pub struct Providers {
    pub custom: custom::Hosts,
    pub blobstore: blobstore::Containers,
    pub key_value: key_value::Stores,
    pub llm: Option<Arc<dyn llm::Llm>>,
    pub messaging: messaging::Brokers,
    pub mqtt: Option<Arc<dyn mqtt::Mqtt>>,
    pub mysql: Option<Arc<dyn sql::Servers>>,
    pub postgres: Option<Arc<dyn postgres::Postgres>>,
    pub redis: Option<Arc<dyn redis::Redis>>,
    pub sqlite: sqlite::Databases,
    pub variables: Option<Arc<dyn variables::Variables>>,
}

/// The labels that one component's manifest names.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Labels {
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    #[serde(default)]
    pub ai_models: Vec<String>,
    #[serde(default)]
    pub databases: Vec<String>,
}

/// What atoll's own table of a component says of rooms.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Own {
    #[serde(default)]
    pub blobstores: Vec<String>,
    #[serde(default)]
    pub quotas: Quotas,
    /// `label`, or `label:topic` with `*` for any characters.
    #[serde(default)]
    pub messaging: Vec<String>,
}

impl Providers {
    /// Open what the settings name; `given` are the objects of Python.
    pub fn open(settings: &RoomSettings, given: &Self) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let key_value = settings.key_value.iter();
        let key_value = key_value.filter_map(|(label, backend)| {
            let store = problems.take(backend.open(label, &given.key_value))?;
            Some((label.clone(), store))
        });
        let key_value = key_value.collect();
        let sqlite = settings.sqlite.iter();
        let sqlite = sqlite.filter_map(|(label, backend)| {
            let database = problems.take(backend.open(label, &given.sqlite))?;
            Some((label.clone(), database))
        });
        let providers = Self { key_value, sqlite: sqlite.collect(), ..given.clone() };
        problems.into_result().map(|()| providers)
    }

    /// What a component with these labels is granted.
    pub fn granted(&self, labels: &Labels, own: &Own, network: &Arc<network::Granted>) -> Result<Granted, Problems> {
        let mut problems = Problems::default();
        let key_value = named(&self.key_value, &labels.key_value_stores, "key_value_stores", "key-value store", &mut problems);
        let blobstore = named(&self.blobstore, &own.blobstores, "tool.atoll.blobstores", "blob container", &mut problems);
        let topics = own.messaging.iter().filter_map(|grant| {
            let (label, topic) = messaging::read(grant);
            let broker = problems.take(known(&self.messaging, label, "tool.atoll.messaging", "messaging broker"))?;
            Some((label, topic, broker))
        });
        let messaging = messaging::Granted::of(topics);
        let sqlite = named(&self.sqlite, &labels.databases, "sqlite_databases", "SQLite database", &mut problems);
        let granted = Granted {
            blobstore,
            custom: custom::Granted::new(self.custom.clone()),
            key_value,
            llm: llm::Granted::new(&labels.ai_models, self.llm.clone()),
            messaging,
            mqtt: Grant::new(network.clone(), self.mqtt.clone()),
            mysql: Grant::new(network.clone(), self.mysql.clone()),
            postgres: Grant::new(network.clone(), self.postgres.clone()),
            quotas: Arc::new(own.quotas.clone()),
            redis: Grant::new(network.clone(), self.redis.clone()),
            sqlite,
            ..Granted::default()
        };
        problems.into_result().map(|()| granted)
    }
}

type Labelled<T> = BTreeMap<String, Arc<T>>;

/// Those of the backends that a component names.
fn named<T: ?Sized>(all: &Labelled<T>, labels: &[String], key: &str, what: &str, problems: &mut Problems) -> Labelled<T> {
    let named = labels.iter().filter_map(|label| {
        let backend = problems.take(known(all, label, key, what))?;
        Some((label.clone(), backend.clone()))
    });
    named.collect()
}

fn known<'a, T: ?Sized>(all: &'a Labelled<T>, label: &str, key: &str, what: &str) -> Result<&'a Arc<T>, Problem> {
    all.get(label).ok_or_else(|| {
        let known: Vec<_> = all.keys().map(|label| format!("`{label}`")).collect();
        let others = if known.is_empty() { String::new() } else { format!(", or name one of: {}", known.join(", ")) };
        Problem::new(Code::LabelUnknown, format!("the {what} `{label}` is not configured"))
            .hint(format!("configure it in the runtime config file{others}"))
            .at(key, label)
    })
}

/// What one component was granted. The default is nothing.
#[derive(Default)]
pub struct Granted {
    pub custom: custom::Granted,
    pub blobstore: blobstore::Containers,
    pub quotas: Arc<Quotas>,
    pub key_value: key_value::Stores,
    pub llm: llm::Granted,
    pub logging: logging::Granted,
    pub messaging: messaging::Granted,
    pub mqtt: mqtt::Granted,
    pub mysql: mysql::Granted,
    pub postgres: postgres::Granted,
    pub otel: otel::Granted,
    pub redis: redis::Granted,
    pub sqlite: sqlite::Databases,
    pub variables: variables::Granted,
}

/// What one call holds open.
#[derive(Default)]
pub(crate) struct Call {
    pub(crate) blobstore: blobstore::Open,
    pub(crate) key_value: key_value::Open,
    pub(crate) logging: logging::Open,
    pub(crate) messaging: messaging::Open,
    pub(crate) mqtt: mqtt::Open,
    pub(crate) mysql: mysql::Open,
    pub(crate) postgres: postgres::Open,
    pub(crate) otel: otel::Open,
    pub(crate) redis: redis::Open,
    pub(crate) sqlite: sqlite::Open,
}

/// Both, for a host call. A component that was granted nothing has nothing.
pub(crate) fn of(state: &mut State) -> (&Granted, &mut Call) {
    kept(state.rooms())
}

/// The same, with what the call has used.
pub(crate) fn with_usage(state: &mut State) -> (&Granted, &mut Call, &Arc<Usage>) {
    let (rooms, _, usage) = state.rooms_and_table();
    let (granted, call) = kept(rooms);
    (granted, call, usage)
}

/// The same, with what the call may ask.
pub(crate) fn asking(state: &mut State) -> (&Granted, &mut Call, Asking<'_>) {
    let (granted, call, usage) = with_usage(state);
    (granted, call, Asking { quotas: &granted.quotas, usage })
}

/// The same, with the resources that guests share with WASI.
pub(crate) fn with_table(state: &mut State) -> (&Granted, &mut Call, &Arc<Usage>, &mut ResourceTable) {
    let (rooms, table, usage) = state.rooms_and_table();
    let (granted, call) = kept(rooms);
    (granted, call, usage, table)
}

fn kept(kept: &mut Kept) -> (&Granted, &mut Call) {
    static NOTHING: LazyLock<Granted> = LazyLock::new(Granted::default);
    let granted = kept.granted.as_deref().and_then(|granted| granted.downcast_ref::<Granted>()).unwrap_or(&NOTHING);
    match kept.call.get_or_insert_with(|| Box::<Call>::default()).downcast_mut() {
        Some(call) => (granted, call),
        None => unreachable!("only the rooms keep something for a call"),
    }
}
