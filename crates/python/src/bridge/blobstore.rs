//! A Python object as a container of objects.

use super::Provider;
use super::pages::{iterator, pages};
use super::values::{bytes, given, nothing};
use atoll_capabilities::answer::{Answer, Pages};
use atoll_capabilities::blobstore::{Container, Object, Upload, Value};
use futures::FutureExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// `atoll.capabilities.blobstore.Container`.
const METHODS: &[&str] = &["created_at", "info", "read", "write", "names", "delete", "copy", "rename"];
/// `atoll.capabilities.blobstore.Upload`.
const UPLOAD: &[&str] = &["write", "finish", "close"];

pub(crate) struct PythonContainer(Provider);

impl PythonContainer {
    /// Raises AttributeError where the object is no container.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Provider::of(object, METHODS).map(Self)
    }
}

impl Container for PythonContainer {
    fn created_at(&self) -> Answer<u64> {
        self.0.call("created_at", |py| Ok(PyTuple::empty(py)), |seconds| seconds.extract())
    }

    fn info(&self, name: String) -> Answer<Option<Object>> {
        self.0.call("info", move |py| given(py, (name,)), object)
    }

    fn read(&self, name: String, start: u64, end: u64) -> Answer<Option<Value>> {
        self.0.call("read", move |py| given(py, (name, start, end)), value)
    }

    fn write(&self, name: String) -> Answer<Box<dyn Upload>> {
        let begun = |upload: &Bound<'_, PyAny>| -> PyResult<Box<dyn Upload>> {
            Ok(Box::new(PythonUpload(Provider::of(upload, UPLOAD)?)))
        };
        self.0.call("write", move |py| given(py, (name,)), begun)
    }

    fn names(&self) -> Pages<String> {
        pages(self.0.call("names", |py| Ok(PyTuple::empty(py)), iterator), |page| page.extract())
    }

    fn delete(&self, names: Vec<String>) -> Answer<()> {
        self.0.call("delete", move |py| given(py, (names,)), nothing)
    }

    fn copy(&self, source: String, destination: String) -> Answer<()> {
        self.0.call("copy", move |py| given(py, (source, destination)), nothing)
    }

    fn rename(&self, source: String, destination: String) -> Answer<()> {
        self.0.call("rename", move |py| given(py, (source, destination)), nothing)
    }
}

/// When it is dropped the object is closed, as every provider is, and forgets what was not finished.
struct PythonUpload(Provider);

impl Upload for PythonUpload {
    fn write(&mut self, portion: Vec<u8>) -> Answer<()> {
        self.0.call("write", move |py| given(py, (PyBytes::new(py, &portion),)), nothing)
    }

    fn finish(&mut self) -> Answer<()> {
        self.0.call("finish", |py| Ok(PyTuple::empty(py)), nothing)
    }
}

fn object(answer: &Bound<'_, PyAny>) -> PyResult<Option<Object>> {
    if answer.is_none() {
        return Ok(None);
    }
    Ok(Some(Object { size: answer.getattr("size")?.extract()?, created_at: answer.getattr("created_at")?.extract()? }))
}

fn value(answer: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
    if answer.is_none() {
        return Ok(None);
    }
    let (size, portions): (u64, Bound<'_, PyAny>) = answer.extract()?;
    let begun = iterator(&portions)?;
    Ok(Some(Value { size, portions: pages(futures::future::ready(Ok(begun)).boxed(), bytes) }))
}
