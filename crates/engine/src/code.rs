//! Machine code that an engine has loaded.

use std::path::Path;
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Precompiled};

/// Of a component, or of a core module that runs as it is.
pub(crate) enum Code {
    Component(Component),
    Module(Module),
}

impl Code {
    /// None for what is no machine code at all.
    ///
    /// # Safety
    ///
    /// Machine code is run as it is: the caller knows who made it.
    pub(crate) unsafe fn load(engine: &Engine, code: &[u8]) -> Option<wasmtime::Result<Self>> {
        // SAFETY: as above.
        unsafe {
            Some(match Engine::detect_precompiled(code)? {
                Precompiled::Module => Module::deserialize(engine, code).map(Self::Module),
                Precompiled::Component => Component::deserialize(engine, code).map(Self::Component),
            })
        }
    }

    /// The same of a file, which stays mapped; none as well for what this engine cannot load.
    ///
    /// # Safety
    ///
    /// As above; and nobody changes the file from now on.
    pub(crate) unsafe fn load_file(engine: &Engine, path: &Path) -> Option<Self> {
        // SAFETY: as above.
        unsafe {
            match Engine::detect_precompiled_file(path).ok()?? {
                Precompiled::Module => Module::deserialize_file(engine, path).ok().map(Self::Module),
                Precompiled::Component => Component::deserialize_file(engine, path).ok().map(Self::Component),
            }
        }
    }
}
