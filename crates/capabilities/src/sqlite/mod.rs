//! SQLite databases: `fermyon:spin/sqlite` in two versions, and `spin:sqlite` 3.0 and 3.1.

mod backend;
mod embedded;
mod provider;
mod v1;
mod v3;
mod versions;

pub use backend::Backend;
pub use provider::{Connection, Database, Row, Rows, Streamed, Value};

use crate::answer::Failure;
use crate::quota::Asking;
use crate::rooms;
use crate::table::Table;
use atoll_bindings::sqlite as wit;
use atoll_engine::State;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["fermyon:spin/sqlite", "spin:sqlite/sqlite"];

/// Rows that are held at once, in bytes; Spin's bound.
const MOST_BUFFERED: usize = 128 << 20;

/// The databases that one component was granted, by label.
pub type Databases = BTreeMap<String, Arc<dyn Database>>;

/// The connections that one call has open.
#[derive(Default)]
pub(crate) struct Open(Table<Arc<dyn Connection>>);

/// What is the matter, for every version of the interface.
enum Error {
    TableFull,
    AccessDenied,
    /// Only the first version's handles can be wrong.
    InvalidConnection,
    Provider(Failure),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Provider(failure)
    }
}

/// One host call: what the component may open, and what the call has open.
pub(crate) struct Guest<'a> {
    granted: &'a Databases,
    open: &'a mut Open,
    asking: Asking<'a>,
}

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, asking) = rooms::asking(state);
    Guest { granted: &granted.sqlite, open: &mut call.sqlite, asking }
}

pub(crate) fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    wit::fermyon::spin::sqlite::add_to_linker::<_, Room>(linker, guest)?;
    wit::fermyon::spin2_0_0::sqlite::add_to_linker::<_, Room>(linker, guest)?;
    wit::spin::sqlite3_0_0::sqlite::add_to_linker::<_, Room>(linker, guest)?;
    if many_tasks {
        wit::spin::sqlite3_1_0::sqlite::add_to_linker::<_, Room>(linker, guest)?;
    }
    Ok(())
}

impl Guest<'_> {
    fn granted(&self, label: &str) -> Result<Arc<dyn Database>, Error> {
        self.granted.get(label).cloned().ok_or(Error::AccessDenied)
    }

    async fn opened(&mut self, label: &str) -> Result<u32, Error> {
        let connection = self.granted(label)?.open().await?;
        self.keep(connection)
    }

    fn keep(&mut self, connection: Arc<dyn Connection>) -> Result<u32, Error> {
        if !self.asking.may_open(self.open.0.len()) {
            return Err(Error::TableFull);
        }
        self.open.0.add(connection).ok_or(Error::TableFull)
    }

    /// The connection, for one more statement.
    fn connection(&self, number: u32) -> Result<Arc<dyn Connection>, Error> {
        self.asking.call(1)?;
        self.open.0.get(number).cloned().ok_or(Error::InvalidConnection)
    }

    /// Of a resource, which the engine does not let a guest make up.
    fn held(&self, number: u32) -> wasmtime::Result<Arc<dyn Connection>> {
        self.asking.once()?;
        self.open.0.get(number).cloned().ok_or_else(|| wasmtime::Error::msg("the connection was closed"))
    }

    fn close(&mut self, number: u32) {
        self.open.0.remove(number);
    }
}

/// What an interface without errors for it can only trap with.
fn trapped(failure: Failure) -> wasmtime::Error {
    wasmtime::Error::msg(failure.message)
}
