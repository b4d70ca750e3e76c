//! The versions of the interface, which differ in the names of their errors.

use super::{Error, Granted, Guest, Room};
use atoll_bindings::variables::fermyon::spin::config as v1;
use atoll_bindings::variables::fermyon::spin2_0_0::variables as v2;
use atoll_bindings::variables::spin::variables::variables as v3;
use atoll_bindings::variables::wasi::config::store as wasi;
use atoll_engine::State;
use wasmtime::component::Accessor;

impl From<Error> for v1::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidName(why) => Self::InvalidKey(why),
            Error::Undefined(why) => Self::Provider(why),
        }
    }
}

impl From<Error> for v2::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidName(why) => Self::InvalidName(why),
            Error::Undefined(why) => Self::Undefined(why),
        }
    }
}

impl From<Error> for v3::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidName(why) => Self::InvalidName(why),
            Error::Undefined(why) => Self::Undefined(why),
        }
    }
}

impl v1::Host for Guest<'_> {
    async fn get_config(&mut self, key: String) -> wasmtime::Result<Result<String, v1::Error>> {
        Ok(self.0.get(&key).map_err(Into::into))
    }
}

impl v2::Host for Guest<'_> {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, v2::Error>> {
        Ok(self.0.get(&name).map_err(Into::into))
    }
}

impl v3::Host for Guest<'_> {}

impl v3::HostWithStore<State> for Room {
    async fn get(host: &Accessor<State, Self>, name: String) -> wasmtime::Result<Result<String, v3::Error>> {
        let granted: Granted = host.with(|mut access| access.get().0.clone());
        Ok(granted.get(&name).map_err(Into::into))
    }
}

impl wasi::Host for Guest<'_> {
    /// What is not there is nothing; only a name that is none is an error.
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, wasi::Error>> {
        Ok(match self.0.get(&key) {
            Ok(value) => Ok(Some(value)),
            Err(Error::Undefined(_)) => Ok(None),
            Err(Error::InvalidName(why)) => Err(wasi::Error::Upstream(why)),
        })
    }

    async fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, wasi::Error>> {
        Ok(Ok(self.0.values.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
    }
}
