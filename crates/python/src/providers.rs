//! The objects of Python that answer for backends, as they come down beside the settings.

use crate::bridge::{
    PythonBroker, PythonContainer, PythonDatabase, PythonHost, PythonLlm, PythonMqtt, PythonRedis, PythonServers, PythonStore,
    PythonVariables, Slots,
};
use crate::crossing::Classes;
use atoll_capabilities::blobstore::Container;
use atoll_capabilities::custom::Host;
use atoll_capabilities::key_value::Store;
use atoll_capabilities::llm::Llm;
use atoll_capabilities::messaging::Broker;
use atoll_capabilities::mqtt::Mqtt;
use atoll_capabilities::postgres::Postgres;
use atoll_capabilities::redis::Redis;
use atoll_capabilities::rooms::Providers;
use atoll_capabilities::sql::Servers;
use atoll_capabilities::sqlite::Database;
use atoll_capabilities::variables::Variables;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Objects by room and label, such as `{"key_value": {"default": store}}`. Rooms without labels have one under the empty label: a
/// function that makes it when it is first needed.
///
/// Raises AttributeError where one is not what its room needs.
pub(crate) fn given(providers: Option<&Bound<'_, PyDict>>) -> PyResult<Providers> {
    let Some(given) = providers else { return Ok(Providers::default()) };
    let classes = Arc::new(Classes::own(given.py())?);
    given_with(given, &classes, &Slots::default())
}

/// The same, for objects that share their `classes` with others; those that answer imports are in `slots`.
pub(crate) fn given_with(given: &Bound<'_, PyDict>, classes: &Arc<Classes>, slots: &Slots) -> PyResult<Providers> {
    Ok(Providers {
        blobstore: labelled::<dyn Container>(given, "blobstore", |object| Ok(Arc::new(PythonContainer::new(object)?)))?,
        custom: labelled::<dyn Host>(given, "custom", |object| {
            Ok(Arc::new(PythonHost::new(object, classes.clone(), slots.clone())?))
        })?,
        key_value: labelled::<dyn Store>(given, "key_value", |object| Ok(Arc::new(PythonStore::new(object)?)))?,
        llm: alone::<dyn Llm>(given, "llm", |factory| Arc::new(PythonLlm::new(factory)))?,
        messaging: labelled::<dyn Broker>(given, "messaging", |object| Ok(Arc::new(PythonBroker::new(object)?)))?,
        mqtt: alone::<dyn Mqtt>(given, "mqtt", |factory| Arc::new(PythonMqtt::new(factory)))?,
        mysql: alone::<dyn Servers>(given, "mysql", |factory| Arc::new(PythonServers::mysql(factory)))?,
        postgres: alone::<dyn Postgres>(given, "postgres", |factory| Arc::new(PythonServers::postgres(factory)))?,
        redis: alone::<dyn Redis>(given, "redis", |factory| Arc::new(PythonRedis::new(factory)))?,
        sqlite: labelled::<dyn Database>(given, "sqlite", |object| Ok(Arc::new(PythonDatabase::new(object)?)))?,
        variables: alone::<dyn Variables>(given, "variables", |factory| Arc::new(PythonVariables::new(factory)))?,
    })
}

fn labelled<'py, T: ?Sized>(
    given: &Bound<'py, PyDict>,
    name: &str,
    backend: impl Fn(&Bound<'py, PyAny>) -> PyResult<Arc<T>>,
) -> PyResult<BTreeMap<String, Arc<T>>> {
    room(given, name)?.into_iter().map(|(label, object)| Ok((label, backend(&object)?))).collect()
}

fn alone<'py, T: ?Sized>(
    given: &Bound<'py, PyDict>,
    name: &str,
    backend: impl FnOnce(&Bound<'py, PyAny>) -> Arc<T>,
) -> PyResult<Option<Arc<T>>> {
    Ok(room(given, name)?.into_iter().next().map(|(_, factory)| backend(&factory)))
}

fn room<'py>(given: &Bound<'py, PyDict>, name: &str) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let Some(room) = given.get_item(name)? else { return Ok(Vec::new()) };
    room.cast::<PyDict>()?.iter().map(|(label, object)| Ok((label.extract()?, object))).collect()
}
