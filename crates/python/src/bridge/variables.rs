//! A Python object that has values of variables.

use super::Provider;
use super::values::given;
use atoll_capabilities::answer::Answer;
use atoll_capabilities::variables::Variables;
use pyo3::prelude::*;

/// `atoll.capabilities.variables.Variables`.
const METHODS: &[&str] = &["get"];

pub(crate) struct PythonVariables(Provider);

impl PythonVariables {
    pub(crate) fn new(factory: &Bound<'_, PyAny>) -> Self {
        Self(Provider::made_by(factory, METHODS))
    }
}

impl Variables for PythonVariables {
    fn get(&self, name: &str) -> Answer<Option<String>> {
        let name = name.to_owned();
        self.0.call("get", move |py| given(py, (name,)), |value| value.extract())
    }
}
