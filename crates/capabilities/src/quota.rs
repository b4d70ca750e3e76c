//! What one request may ask of stores, databases and servers, so that no guest makes the host do or hold more than it should.

use crate::answer::Failure;
use atoll_engine::meter::Usage;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A component's quotas, as the locked app carries them (`metadata.atoll.quotas`).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Bytes of one key, or of one object's name.
    pub key_bytes: u64,
    /// Bytes of a value that is handed over as a whole, or of all values of one batch.
    pub value_bytes: u64,
    /// Calls of stores, databases and servers in one request; each key of a batch is one.
    pub calls: u64,
    /// Connections of one kind that are open at the same time.
    pub connections: u64,
    /// What sets these, where it is not the manifest: a class whose keywords are called as they are.
    #[serde(skip_serializing)]
    pub keywords_of: Option<String>,
}

impl Quotas {
    /// What raises the quota of that name.
    fn place(&self, key: &str) -> String {
        match &self.keywords_of {
            Some(class) => format!("`{class}({key}=…)`"),
            None => format!("`tool.atoll.quotas.{key}`"),
        }
    }

    fn beyond(&self, what: &str, most: u64, key: &str) -> Failure {
        Failure::other(format!("{what} is beyond the {most} that are allowed; {} raises it", self.place(key)))
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self { key_bytes: 64 << 10, value_bytes: 16 << 20, calls: 100_000, connections: 256, keywords_of: None }
    }
}

/// The quotas of one component, and what one request has used of them.
#[derive(Clone)]
pub(crate) struct Quota {
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) usage: Arc<Usage>,
}

/// The same for a host call that is answered at once.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) quotas: &'a Quotas,
    pub(crate) usage: &'a Usage,
}

impl Asking<'_> {
    /// Called as often as `count` says.
    pub(crate) fn call(&self, count: usize) -> Result<(), Failure> {
        let most = self.quotas.calls;
        if self.usage.ask(count as u64) > most.saturating_mul(self.usage.calls()) {
            let message = format!("the request has asked {most} times; {} allows more", self.quotas.place("calls"));
            return Err(Failure::other(message));
        }
        Ok(())
    }

    /// Ends the guest's call where it asks too often.
    pub(crate) fn once(&self) -> wasmtime::Result<()> {
        self.call(1).map_err(|failure| wasmtime::Error::msg(failure.message))
    }

    /// Whether there may be one more beside those that are open.
    pub(crate) fn may_open(&self, open: usize) -> bool {
        (open as u64) < self.quotas.connections
    }
}

impl Quota {
    pub(crate) fn call(&self, count: usize) -> Result<(), Failure> {
        Asking { quotas: &self.quotas, usage: &self.usage }.call(count)
    }

    /// Called once, with this key.
    pub(crate) fn key(&self, key: &str) -> Result<(), Failure> {
        self.keys(std::iter::once(key))
    }

    /// Called once for each of these keys.
    pub(crate) fn keys<'a>(&self, keys: impl ExactSizeIterator<Item = &'a str>) -> Result<(), Failure> {
        self.call(keys.len())?;
        let most = self.quotas.key_bytes;
        match keys.map(str::len).find(|bytes| *bytes as u64 > most) {
            Some(bytes) => Err(self.quotas.beyond(&format!("a key of {bytes} bytes"), most, "key_bytes")),
            None => Ok(()),
        }
    }

    /// So many bytes are handed over as a whole.
    pub(crate) fn value(&self, bytes: usize) -> Result<(), Failure> {
        let most = self.quotas.value_bytes;
        if bytes as u64 > most {
            return Err(self.quotas.beyond(&format!("a value of {bytes} bytes"), most, "value_bytes"));
        }
        Ok(())
    }
}
