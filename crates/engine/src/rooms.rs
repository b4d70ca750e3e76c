//! What the sandbox knows of capabilities: that there are interfaces beyond WASI, and that a call may keep something for them.

use crate::state::State;
use std::any::Any;
use std::sync::Arc;
use wasmtime::component::Linker;

/// The capabilities' interfaces. The engine itself knows none.
#[derive(Clone, Copy)]
pub struct Rooms {
    /// Puts them into a linker; the flag says whether its guests may hold several tasks, so that asynchronous functions can be there.
    pub link: fn(&mut Linker<State>, bool) -> wasmtime::Result<()>,
    /// Their names without versions, such as `fermyon:spin/key-value`, by room.
    pub interfaces: &'static [&'static [&'static str]],
}

impl Rooms {
    pub const NONE: Self = Self { link: |_, _| Ok(()), interfaces: &[] };

    /// Whether the import of this name is one of theirs.
    pub(crate) fn answer(&self, import: &str) -> bool {
        let name = import.split('@').next().unwrap_or(import);
        self.interfaces.iter().any(|room| room.contains(&name))
    }
}

/// What the rooms keep, of which only they know what it is.
#[derive(Default)]
pub struct Kept {
    /// What the component was granted.
    pub granted: Option<Arc<dyn Any + Send + Sync>>,
    /// What one call of it holds; made when a guest first asks.
    pub call: Option<Box<dyn Any + Send>>,
}
