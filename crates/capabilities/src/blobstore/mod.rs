//! Containers of objects: `wasi:blobstore`. A label of the manifest is a container, and an object is never in memory as a whole.

mod between;
mod container;
mod incoming;
mod names;
mod outgoing;
mod places;
mod wasi;

pub use container::{Container, Object, Upload, Value};

use crate::answer::Failure;
use crate::quota::Quota;
use crate::rooms;
use crate::table::Table;
use atoll_bindings::blobstore as wit;
use atoll_engine::State;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker, ResourceTable};

pub(crate) const INTERFACES: &[&str] = &["wasi:blobstore/blobstore", "wasi:blobstore/container", "wasi:blobstore/types"];

/// The containers that one component was granted, by label.
pub type Containers = BTreeMap<String, Arc<dyn Container>>;

/// What one call has open.
#[derive(Default)]
pub(crate) struct Open {
    containers: Table<Opened>,
    outgoing: Table<outgoing::Outgoing>,
    incoming: Table<incoming::Incoming>,
    names: Table<names::Names>,
    places: places::Places,
}

/// A container and the label that it was asked for by.
#[derive(Clone)]
struct Opened {
    label: Arc<str>,
    container: Arc<dyn Container>,
}

/// One host call.
pub(crate) struct Guest<'a> {
    granted: &'a Containers,
    open: &'a mut Open,
    streams: &'a mut ResourceTable,
    quota: Quota,
}

pub(crate) struct Blobstore;

impl HasData for Blobstore {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, usage, streams) = rooms::with_table(state);
    let quota = Quota { quotas: granted.quotas.clone(), usage: usage.clone() };
    Guest { granted: &granted.blobstore, open: &mut call.blobstore, streams, quota }
}

pub(crate) fn link(linker: &mut Linker<State>, _many_tasks: bool) -> wasmtime::Result<()> {
    wit::wasi::blobstore::types::add_to_linker::<_, Blobstore>(linker, guest)?;
    wit::wasi::blobstore::container::add_to_linker::<_, Blobstore>(linker, guest)?;
    wit::wasi::blobstore::blobstore::add_to_linker::<_, Blobstore>(linker, guest)
}

impl Guest<'_> {
    fn granted(&self, label: &str) -> Result<Opened, Failure> {
        self.quota.call(1)?;
        let container = self.granted.get(label).ok_or_else(|| {
            let why = format!("the component may not use the container {label:?}; `tool.atoll.blobstores` grants it");
            Failure { case: "access-denied".into(), message: why }
        })?;
        Ok(Opened { label: label.into(), container: container.clone() })
    }

    fn opens(&mut self, label: &str) -> Result<u32, Failure> {
        let opened = self.granted(label)?;
        self.open.containers.add(opened).ok_or_else(full)
    }
}

fn full() -> Failure {
    Failure::other("too many handles of the blobstore are open; drop some")
}
