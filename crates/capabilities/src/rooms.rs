//! The rooms together: what is linked, what a component was granted, what one call of it holds open.

use crate::outbound::Grant;
use crate::{key_value, mqtt, network, redis, variables};
use atoll_engine::{Code, Problem, Problems, Rooms, State};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use wasmtime::component::Linker;

/// All rooms, for the engine.
pub const ROOMS: Rooms =
    Rooms { link, interfaces: &[key_value::INTERFACES, mqtt::INTERFACES, redis::INTERFACES, variables::INTERFACES] };

fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    key_value::link(linker, many_tasks)?;
    mqtt::link(linker, many_tasks)?;
    redis::link(linker, many_tasks)?;
    variables::link(linker, many_tasks)
}

/// The backends of an app, the part `rooms` of the settings document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoomSettings {
    pub key_value: BTreeMap<String, key_value::Backend>,
}

/// The open backends of an app, for all of its components.
#[derive(Default)]
pub struct Providers {
    pub key_value: key_value::Stores,
    pub mqtt: Option<Arc<dyn mqtt::Mqtt>>,
    pub redis: Option<Arc<dyn redis::Redis>>,
}

/// The labels that one component's manifest names.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Labels {
    #[serde(default)]
    pub key_value_stores: Vec<String>,
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
        let providers = Self { key_value: key_value.collect(), mqtt: given.mqtt.clone(), redis: given.redis.clone() };
        problems.into_result().map(|()| providers)
    }

    /// What a component with these labels is granted.
    pub fn granted(&self, labels: &Labels, network: &Arc<network::Granted>) -> Result<Granted, Problems> {
        let mut problems = Problems::default();
        let stores = labels.key_value_stores.iter();
        let key_value = stores.filter_map(|label| {
            let store = problems.take(known(&self.key_value, label, "key_value_stores", "key-value store"))?;
            Some((label.clone(), store.clone()))
        });
        let granted = Granted {
            key_value: key_value.collect(),
            mqtt: Grant::new(network.clone(), self.mqtt.clone()),
            redis: Grant::new(network.clone(), self.redis.clone()),
            variables: variables::Granted::default(),
        };
        problems.into_result().map(|()| granted)
    }
}

fn known<'a, T>(all: &'a BTreeMap<String, Arc<T>>, label: &str, key: &str, what: &str) -> Result<&'a Arc<T>, Problem>
where
    T: ?Sized,
{
    all.get(label).ok_or_else(|| {
        let known: Vec<_> = all.keys().map(|label| format!("`{label}`")).collect();
        Problem::new(Code::LabelUnknown, format!("the {what} `{label}` is not configured"))
            .hint(format!("configure it in the runtime config file, or name one of: {}", known.join(", ")))
            .at(key, label)
    })
}

/// What one component was granted. The default is nothing.
#[derive(Default)]
pub struct Granted {
    pub key_value: key_value::Stores,
    pub mqtt: mqtt::Granted,
    pub redis: redis::Granted,
    pub variables: variables::Granted,
}

/// What one call holds open.
#[derive(Default)]
pub(crate) struct Call {
    pub(crate) key_value: key_value::Open,
    pub(crate) mqtt: mqtt::Open,
    pub(crate) redis: redis::Open,
}

/// Both, for a host call. A component that was granted nothing has nothing.
pub(crate) fn of(state: &mut State) -> (&Granted, &mut Call) {
    static NOTHING: LazyLock<Granted> = LazyLock::new(Granted::default);
    let kept = state.rooms();
    let granted = kept.granted.as_deref().and_then(|granted| granted.downcast_ref::<Granted>()).unwrap_or(&NOTHING);
    match kept.call.get_or_insert_with(|| Box::<Call>::default()).downcast_mut() {
        Some(call) => (granted, call),
        None => unreachable!("only the rooms keep something for a call"),
    }
}
