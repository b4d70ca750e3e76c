//! Values that a component asks for by name: `fermyon:spin/config`, `fermyon:spin/variables`, `spin:variables`, `wasi:config`.
//!
//! A component sees the variables that its own manifest table names, and no other. Templates are filled in when the app is loaded.

mod name;
mod versions;

use crate::rooms;
use atoll_bindings::variables as wit;
use atoll_engine::State;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] =
    &["fermyon:spin/config", "fermyon:spin/variables", "spin:variables/variables", "wasi:config/store"];

/// What one component may ask for, with its values.
#[derive(Clone, Default)]
pub struct Granted {
    pub component: Arc<str>,
    pub values: Arc<BTreeMap<String, String>>,
}

/// Why there is no value.
enum Error {
    InvalidName(String),
    Undefined(String),
}

impl Granted {
    fn get(&self, name: &str) -> Result<String, Error> {
        name::check(name).map_err(Error::InvalidName)?;
        let undefined = || Error::Undefined(format!("no variable for {:?}.{name:?}", self.component));
        self.values.get(name).cloned().ok_or_else(undefined)
    }
}

/// One host call.
pub(crate) struct Guest<'a>(&'a Granted);

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    Guest(&rooms::of(state).0.variables)
}

pub(crate) fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    wit::fermyon::spin::config::add_to_linker::<_, Room>(linker, guest)?;
    wit::fermyon::spin2_0_0::variables::add_to_linker::<_, Room>(linker, guest)?;
    wit::wasi::config::store::add_to_linker::<_, Room>(linker, guest)?;
    if many_tasks {
        wit::spin::variables::variables::add_to_linker::<_, Room>(linker, guest)?;
    }
    Ok(())
}
