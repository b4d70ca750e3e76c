//! The blocked networks, for clients that resolve names themselves.

use atoll_rules::networks::BlockedNetworks as Networks;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::net::IpAddr;

#[pyclass(frozen)]
pub(crate) struct BlockedNetworks(Networks);

#[pymethods]
impl BlockedNetworks {
    #[new]
    fn new(entries: Vec<String>) -> PyResult<Self> {
        let read = Networks::parse(&entries);
        read.map(Self).map_err(|problems| PyValueError::new_err(format!("{problems:?}")))
    }

    /// What is no address is blocked.
    fn blocks(&self, address: &str) -> bool {
        let plain = address.split('%').next().unwrap_or(address);
        plain.parse::<IpAddr>().map_or(true, |address| self.0.blocks(address))
    }
}
