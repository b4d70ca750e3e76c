//! Stores of keys and values: `fermyon:spin/key-value` in three versions, and `wasi:keyvalue`.

#[macro_use]
mod translated;
mod atomics;
mod backend;
mod bounded;
mod sqlite;
mod store;
mod v1;
mod v2;
mod v3;
mod wasi;

pub use backend::Backend;
pub use sqlite::Sqlite;
pub use store::Store;

use bounded::Bounded;

use crate::answer::Failure;
use crate::quota::Quota;
use crate::rooms;
use crate::table::Table;
use atoll_bindings::key_value as wit;
use atoll_engine::State;
use atoll_engine::meter::Usage;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &[
    "fermyon:spin/key-value",
    "spin:key-value/key-value",
    "wasi:keyvalue/store",
    "wasi:keyvalue/atomics",
    "wasi:keyvalue/batch",
];

/// A list of keys that is held at once, in bytes; Spin's bound.
const MOST_BUFFERED: usize = 128 << 20;

/// The stores that one component was granted, by label.
pub type Stores = BTreeMap<String, Arc<dyn Store>>;

/// What one call has open.
#[derive(Default)]
pub(crate) struct Open {
    stores: Table<Arc<dyn Store>>,
    swaps: Table<atomics::Seen>,
}

/// What is the matter, for every version of the interface.
enum Error {
    TableFull,
    AccessDenied,
    NoSuchStore,
    /// Only the first version's handles can be wrong.
    InvalidStore,
    /// Only the first version calls this an error.
    NoSuchKey,
    Other(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure.case.as_str() {
            "no-such-store" => Self::NoSuchStore,
            "access-denied" => Self::AccessDenied,
            _ => Self::Other(failure.message),
        }
    }
}

/// One host call: what the component may open, and what the call has open.
pub(crate) struct Guest<'a> {
    granted: &'a rooms::Granted,
    open: &'a mut Open,
    usage: &'a Arc<Usage>,
}

pub(crate) struct KeyValue;

impl HasData for KeyValue {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, usage) = rooms::with_usage(state);
    Guest { granted, open: &mut call.key_value, usage }
}

pub(crate) fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    wit::fermyon::spin::key_value::add_to_linker::<_, KeyValue>(linker, guest)?;
    wit::fermyon::spin2_0_0::key_value::add_to_linker::<_, KeyValue>(linker, guest)?;
    wit::wasi::keyvalue::store::add_to_linker::<_, KeyValue>(linker, guest)?;
    wit::wasi::keyvalue::atomics::add_to_linker::<_, KeyValue>(linker, guest)?;
    wit::wasi::keyvalue::batch::add_to_linker::<_, KeyValue>(linker, guest)?;
    if many_tasks {
        wit::spin::key_value::key_value::add_to_linker::<_, KeyValue>(linker, guest)?;
    }
    Ok(())
}

impl Guest<'_> {
    fn open(&mut self, label: &str) -> Result<u32, Error> {
        let store = self.granted.key_value.get(label).ok_or(Error::AccessDenied)?.clone();
        let quota = Quota { quotas: self.granted.quotas.clone(), usage: self.usage.clone() };
        self.open.stores.add(Arc::new(Bounded { store, quota })).ok_or(Error::TableFull)
    }

    fn store(&self, number: u32) -> Result<Arc<dyn Store>, Error> {
        self.open.stores.get(number).cloned().ok_or(Error::InvalidStore)
    }

    /// Of a resource, which the engine does not let a guest make up.
    fn held(&self, number: u32) -> wasmtime::Result<Arc<dyn Store>> {
        self.store(number).map_err(|_| wasmtime::Error::msg("the store was closed"))
    }

    fn close(&mut self, number: u32) {
        self.open.stores.remove(number);
    }
}
