//! What the sandbox knows of capabilities: that there are interfaces beyond WASI, and that a call may keep something for them.

use crate::error::Problems;
use crate::state::State;
use std::any::Any;
use std::sync::Arc;
use wasmtime::Module;
use wasmtime::component::Linker;
use wasmtime::component::types::{Component, ComponentFunc, ComponentInstance};

/// The capabilities' interfaces. The engine itself knows none.
#[derive(Clone, Copy)]
pub struct Rooms {
    /// Puts them into a linker; the flag says whether its guests may hold several tasks, so that asynchronous functions can be there.
    pub link: fn(&mut Linker<State>, bool) -> wasmtime::Result<()>,
    /// Each room's name and its interfaces without versions, such as `fermyon:spin/key-value`.
    pub interfaces: &'static [(&'static str, &'static [&'static str])],
    /// Whether this component was granted somebody who answers the import, in the host's own place.
    pub is_granted: fn(&Granted, &str) -> bool,
    /// Links what only this component was granted.
    pub link_granted: LinkGranted,
    /// The same for a core module.
    pub link_module: LinkModule,
}

/// What a component was granted, of which only the rooms know what it is.
pub type Granted = Arc<dyn Any + Send + Sync>;

/// Gives back the names of the imports that somebody answers, be it wrongly.
pub type LinkGranted = for<'a> fn(&mut Linker<State>, &Granted, &[Import<'a>], &mut Problems) -> Vec<&'a str>;

/// Links the functions that a core module imports and was granted.
pub type LinkModule = fn(&mut wasmtime::Linker<State>, &Granted, &Module) -> Result<(), Problems>;

/// What a component imports under one name.
pub struct Import<'a> {
    pub name: &'a str,
    pub item: Imported,
    /// What its types are called that have their names in the world.
    pub world: &'a Component,
}

pub enum Imported {
    Interface(ComponentInstance),
    Function(ComponentFunc),
}

impl Rooms {
    pub const NONE: Self = Self {
        link: |_, _| Ok(()),
        interfaces: &[],
        is_granted: |_, _| false,
        link_granted: |_, _, _, _| Vec::new(),
        link_module: |_, _, _| Ok(()),
    };

    /// Whether the import of this name is one of theirs.
    pub(crate) fn answer(&self, import: &str) -> bool {
        self.room_of(import).is_some()
    }

    /// The room that answers the import of this name.
    pub fn room_of(&self, import: &str) -> Option<&'static str> {
        let name = import.split('@').next().unwrap_or(import);
        self.interfaces.iter().find(|(_, interfaces)| interfaces.contains(&name)).map(|(room, _)| *room)
    }
}

/// What the rooms keep, of which only they know what it is.
#[derive(Default)]
pub struct Kept {
    /// What the component was granted.
    pub granted: Option<Granted>,
    /// What one call of it holds; made when a guest first asks.
    pub call: Option<Box<dyn Any + Send>>,
}
