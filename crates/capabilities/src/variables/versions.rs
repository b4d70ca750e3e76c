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
            Error::Undefined(why) | Error::Provider(why) => Self::Provider(why),
        }
    }
}

macro_rules! same_errors {
    ($wit:ident) => {
        impl From<Error> for $wit::Error {
            fn from(error: Error) -> Self {
                match error {
                    Error::InvalidName(why) => Self::InvalidName(why),
                    Error::Undefined(why) => Self::Undefined(why),
                    Error::Provider(why) => Self::Provider(why),
                }
            }
        }
    };
}

same_errors!(v2);
same_errors!(v3);

impl From<Error> for wasi::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidName(why) | Error::Undefined(why) | Error::Provider(why) => Self::Upstream(why),
        }
    }
}

impl v1::Host for Guest<'_> {
    async fn get_config(&mut self, key: String) -> wasmtime::Result<Result<String, v1::Error>> {
        Ok(self.0.get(&key).await.map_err(Into::into))
    }
}

impl v2::Host for Guest<'_> {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, v2::Error>> {
        Ok(self.0.get(&name).await.map_err(Into::into))
    }
}

impl v3::Host for Guest<'_> {}

impl v3::HostWithStore<State> for Room {
    async fn get(host: &Accessor<State, Self>, name: String) -> wasmtime::Result<Result<String, v3::Error>> {
        let granted: Granted = host.with(|mut access| access.get().0.clone());
        Ok(granted.get(&name).await.map_err(Into::into))
    }
}

impl wasi::Host for Guest<'_> {
    /// What is not there is nothing; only a name that is none is an error, and a value that cannot be read.
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, wasi::Error>> {
        Ok(match self.0.get(&key).await {
            Ok(value) => Ok(Some(value)),
            Err(Error::Undefined(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    async fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, wasi::Error>> {
        Ok(self.0.all().await.map_err(Into::into))
    }
}
