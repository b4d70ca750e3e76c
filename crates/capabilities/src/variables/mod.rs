//! Values that a component asks for by name: `fermyon:spin/config`, `fermyon:spin/variables`, `spin:variables`, `wasi:config`.
//!
//! A component sees the variables that its own manifest table names, and no other. What is known when the app is loaded is filled in
//! then, and costs a guest no more than a look at a table; the rest is asked of a provider each time.

mod name;
mod value;
mod versions;

pub use value::{Part, Value};

use crate::answer::Answer;
use crate::rooms;
use crate::shown::shown;
use atoll_bindings::variables as wit;
use atoll_engine::State;
use futures::future::try_join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] =
    &["fermyon:spin/config", "fermyon:spin/variables", "spin:variables/variables", "wasi:config/store"];

/// Whoever has the values that are not known at the start.
pub trait Variables: Send + Sync {
    /// None where nobody has it.
    fn get(&self, name: &str) -> Answer<Option<String>>;
}

/// What one component may ask for.
#[derive(Clone, Default)]
pub struct Granted {
    component: Arc<str>,
    values: Arc<BTreeMap<String, Value>>,
    provider: Option<Arc<dyn Variables>>,
}

/// Why there is no value.
enum Error {
    InvalidName(String),
    Undefined(String),
    Provider(String),
}

impl Granted {
    pub fn new(component: Arc<str>, values: BTreeMap<String, Value>, provider: Option<Arc<dyn Variables>>) -> Self {
        Self { component, values: Arc::new(values), provider }
    }

    async fn get(&self, name: &str) -> Result<String, Error> {
        name::check(name).map_err(Error::InvalidName)?;
        let undefined = || Error::Undefined(format!("no variable for {:?}.{:?}", self.component, shown(name)));
        self.values.get(name).ok_or_else(undefined)?.filled(self.provider.as_ref()).await
    }

    async fn all(&self) -> Result<Vec<(String, String)>, Error> {
        let each = |(name, value): (&String, &Value)| {
            let (name, value) = (name.clone(), value.clone());
            async move { Ok((name, value.filled(self.provider.as_ref()).await?)) }
        };
        try_join_all(self.values.iter().map(each)).await
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
