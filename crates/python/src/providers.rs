//! The objects of Python that answer for backends, as they come down beside the settings.

use crate::bridge::{PythonMqtt, PythonRedis, PythonStore};
use atoll_capabilities::key_value::{Store, Stores};
use atoll_capabilities::mqtt::Mqtt;
use atoll_capabilities::redis::Redis;
use atoll_capabilities::rooms::Providers;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// Objects by room and label, such as `{"key_value": {"default": store}}`. Rooms without labels have one under the empty label: a
/// function that makes it when it is first needed.
///
/// Raises AttributeError where one is not what its room needs.
pub(crate) fn given(providers: Option<&Bound<'_, PyDict>>) -> PyResult<Providers> {
    let Some(providers) = providers else { return Ok(Providers::default()) };
    let mut key_value = Stores::new();
    for (label, object) in room(providers, "key_value")? {
        let store: Arc<dyn Store> = Arc::new(PythonStore::new(&object)?);
        key_value.insert(label, store);
    }
    let redis = alone(providers, "redis")?.map(|factory| PythonRedis::new(&factory)).transpose()?;
    let mqtt = alone(providers, "mqtt")?.map(|factory| PythonMqtt::new(&factory)).transpose()?;
    Ok(Providers {
        key_value,
        redis: redis.map(|redis| -> Arc<dyn Redis> { Arc::new(redis) }),
        mqtt: mqtt.map(|mqtt| -> Arc<dyn Mqtt> { Arc::new(mqtt) }),
    })
}

fn alone<'py>(providers: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(room(providers, name)?.into_iter().next().map(|(_, factory)| factory))
}

fn room<'py>(providers: &Bound<'py, PyDict>, name: &str) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let Some(room) = providers.get_item(name)? else { return Ok(Vec::new()) };
    room.cast::<PyDict>()?.iter().map(|(label, object)| Ok((label.extract()?, object))).collect()
}
