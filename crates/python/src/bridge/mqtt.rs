//! A Python object that talks to MQTT brokers.

use super::Provider;
use super::values::{given, nothing};
use atoll_capabilities::answer::Answer;
use atoll_capabilities::mqtt::{Mqtt, Session};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::Arc;

/// `atoll.capabilities.mqtt.Mqtt`.
const METHODS: &[&str] = &["open", "publish"];

pub(crate) struct PythonMqtt(Provider);

impl PythonMqtt {
    pub(crate) fn new(factory: &Bound<'_, PyAny>) -> Self {
        Self(Provider::made_by(factory, METHODS))
    }
}

impl Mqtt for PythonMqtt {
    fn open(&self, session: Arc<Session>) -> Answer<()> {
        self.0.call("open", move |py| given(py, (told(py, &session)?,)), nothing)
    }

    fn publish(&self, session: Arc<Session>, topic: String, payload: Vec<u8>, qos: u8) -> Answer<()> {
        self.0.call("publish", move |py| given(py, (told(py, &session)?, topic, PyBytes::new(py, &payload), qos)), nothing)
    }
}

/// Equal sessions are served by the same connections.
fn told<'py>(py: Python<'py>, session: &Session) -> PyResult<Bound<'py, PyAny>> {
    let Session { address, username, password, keep_alive_seconds } = session;
    py.import("atoll.capabilities.mqtt")?.getattr("Session")?.call1((address, username, password, keep_alive_seconds))
}
