//! A Python object that carries messages.

use super::Provider;
use super::values::{bytes, given, nothing};
use atoll_capabilities::answer::Answer;
use atoll_capabilities::messaging::{Broker, Message};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// `atoll.capabilities.messaging.Broker`.
const METHODS: &[&str] = &["send", "request"];

pub(crate) struct PythonBroker(Provider);

impl PythonBroker {
    /// Raises AttributeError where the object carries no messages.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Provider::of(object, METHODS).map(Self)
    }
}

impl Broker for PythonBroker {
    fn send(&self, topic: String, message: Message) -> Answer<()> {
        self.0.call("send", move |py| given(py, (topic, told(py, &message)?)), nothing)
    }

    fn request(&self, topic: String, message: Message, timeout_ms: Option<u32>, replies: u32) -> Answer<Vec<Message>> {
        let seconds = timeout_ms.map(|timeout| f64::from(timeout) / 1000.0);
        let read = |answer: &Bound<'_, PyAny>| answer.try_iter()?.map(|reply| heard(&reply?)).collect();
        self.0.call("request", move |py| given(py, (topic, told(py, &message)?, seconds, replies)), read)
    }
}

fn told<'py>(py: Python<'py>, message: &Message) -> PyResult<Bound<'py, PyAny>> {
    let Message { data, content_type, metadata, .. } = message;
    let data = PyBytes::new(py, data);
    py.import("atoll.capabilities.messaging")?.getattr("Message")?.call1((data, content_type, metadata.clone()))
}

fn heard(reply: &Bound<'_, PyAny>) -> PyResult<Message> {
    Ok(Message {
        data: bytes(&reply.getattr("data")?)?,
        content_type: reply.getattr("content_type")?.extract()?,
        metadata: reply.getattr("metadata")?.extract()?,
        topic: reply.getattr("topic")?.extract()?,
    })
}
