//! A Python object that talks to Redis.

use super::Provider;
use super::values::{bytes, given, nothing, value};
use atoll_capabilities::answer::Answer;
use atoll_capabilities::redis::{Argument, Redis, Reply};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString};
use std::sync::Arc;

/// `atoll.capabilities.redis.Redis`.
const METHODS: &[&str] = &["open", "publish", "get", "set", "incr", "delete", "sadd", "smembers", "srem", "execute"];

pub(crate) struct PythonRedis(Provider);

impl PythonRedis {
    pub(crate) fn new(factory: &Bound<'_, PyAny>) -> Self {
        Self(Provider::made_by(factory, METHODS))
    }
}

type Address = Arc<str>;

impl Redis for PythonRedis {
    fn open(&self, address: Address) -> Answer<()> {
        self.0.call("open", move |py| given(py, (&*address,)), nothing)
    }

    fn publish(&self, address: Address, channel: String, payload: Vec<u8>) -> Answer<()> {
        self.0.call("publish", move |py| given(py, (&*address, channel, PyBytes::new(py, &payload))), nothing)
    }

    fn get(&self, address: Address, key: String) -> Answer<Option<Vec<u8>>> {
        self.0.call("get", move |py| given(py, (&*address, key)), value)
    }

    fn set(&self, address: Address, key: String, value: Vec<u8>) -> Answer<()> {
        self.0.call("set", move |py| given(py, (&*address, key, PyBytes::new(py, &value))), nothing)
    }

    fn incr(&self, address: Address, key: String) -> Answer<i64> {
        self.0.call("incr", move |py| given(py, (&*address, key)), |sum| sum.extract())
    }

    fn delete(&self, address: Address, keys: Vec<String>) -> Answer<u32> {
        self.0.call("delete", move |py| given(py, (&*address, keys)), |count| count.extract())
    }

    fn sadd(&self, address: Address, key: String, values: Vec<String>) -> Answer<u32> {
        self.0.call("sadd", move |py| given(py, (&*address, key, values)), |count| count.extract())
    }

    fn smembers(&self, address: Address, key: String) -> Answer<Vec<String>> {
        self.0.call("smembers", move |py| given(py, (&*address, key)), |members| members.extract())
    }

    fn srem(&self, address: Address, key: String, values: Vec<String>) -> Answer<u32> {
        self.0.call("srem", move |py| given(py, (&*address, key, values)), |count| count.extract())
    }

    fn execute(&self, address: Address, command: String, arguments: Vec<Argument>) -> Answer<Vec<Reply>> {
        let replies = |replies: &Bound<'_, PyAny>| replies.try_iter()?.map(|each| reply(&each?)).collect();
        self.0.call("execute", move |py| given(py, (&*address, command, listed(py, arguments)?)), replies)
    }
}

fn listed(py: Python<'_>, arguments: Vec<Argument>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for argument in arguments {
        match argument {
            Argument::Number(number) => list.append(number)?,
            Argument::Bytes(bytes) => list.append(PyBytes::new(py, &bytes))?,
        }
    }
    Ok(list)
}

fn reply(each: &Bound<'_, PyAny>) -> PyResult<Reply> {
    if each.is_none() {
        Ok(Reply::Nothing)
    } else if each.is_instance_of::<PyString>() {
        each.extract().map(Reply::Status)
    } else if each.is_instance_of::<PyInt>() {
        each.extract().map(Reply::Number)
    } else {
        bytes(each).map(Reply::Bytes)
    }
}
