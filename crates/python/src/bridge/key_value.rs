//! A Python object as a store of keys and values.

use super::Provider;
use super::pages::{iterator, pages};
use super::values::{given, nothing, truth, value};
use atoll_capabilities::answer::{Answer, Pages};
use atoll_capabilities::key_value::Store;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// `atoll.capabilities.key_value.Store`.
const METHODS: &[&str] = &["get", "set", "delete", "exists", "keys", "get_many", "set_many", "delete_many", "increment", "swap"];

pub(crate) struct PythonStore(Provider);

impl PythonStore {
    /// Raises AttributeError where the object is no store.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Provider::of(object, METHODS).map(Self)
    }
}

impl Store for PythonStore {
    fn get(&self, key: String) -> Answer<Option<Vec<u8>>> {
        self.0.call("get", move |py| given(py, (key,)), value)
    }

    fn set(&self, key: String, value: Vec<u8>) -> Answer<()> {
        self.0.call("set", move |py| given(py, (key, PyBytes::new(py, &value))), nothing)
    }

    fn delete(&self, key: String) -> Answer<()> {
        self.0.call("delete", move |py| given(py, (key,)), nothing)
    }

    fn exists(&self, key: String) -> Answer<bool> {
        self.0.call("exists", move |py| given(py, (key,)), truth)
    }

    fn keys(&self) -> Pages<String> {
        pages(self.0.call("keys", |py| Ok(PyTuple::empty(py)), iterator), |page| page.extract())
    }

    fn get_many(&self, keys: Vec<String>) -> Answer<Vec<Option<Vec<u8>>>> {
        let read = |answer: &Bound<'_, PyAny>| answer.try_iter()?.map(|item| value(&item?)).collect();
        self.0.call("get_many", move |py| given(py, (keys,)), read)
    }

    fn set_many(&self, items: Vec<(String, Vec<u8>)>) -> Answer<()> {
        self.0.call(
            "set_many",
            move |py| {
                let items: Vec<_> = items.into_iter().map(|(key, value)| (key, PyBytes::new(py, &value))).collect();
                given(py, (items,))
            },
            nothing,
        )
    }

    fn delete_many(&self, keys: Vec<String>) -> Answer<()> {
        self.0.call("delete_many", move |py| given(py, (keys,)), nothing)
    }

    fn increment(&self, key: String, delta: i64) -> Answer<i64> {
        self.0.call("increment", move |py| given(py, (key, delta)), |sum| sum.extract())
    }

    fn swap(&self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<bool> {
        self.0.call(
            "swap",
            move |py| {
                let expected = expected.map(|expected| PyBytes::new(py, &expected));
                given(py, (key, expected, PyBytes::new(py, &value)))
            },
            truth,
        )
    }
}
