//! From bytes to machine code, through the cache.

use crate::cache::Cache;
use crate::engine::Engine;
use crate::error::Problem;
use crate::guest::{self, Form};
use std::path::Path;
use wasmtime::Module;
use wasmtime::component::Component;

/// Compiled code: of a component, or of a preview 1 command that runs as it is.
pub(crate) enum Code {
    Component(Component),
    Command(Module),
}

/// A compiled guest and whether it came from the cache.
pub struct Compiled {
    pub(crate) code: Code,
    pub cached: bool,
}

impl Engine {
    /// Compile `wasm` (a component or a core module), or take its code from the cache.
    pub fn compile(&self, wasm: &[u8]) -> Result<Compiled, Problem> {
        let key = [guest::REVISION.as_bytes(), wasm].concat();
        let is_command = guest::is_command(wasm);
        if let Some(path) = self.cache.as_ref().and_then(|cache| cache.find(&key))
            && let Some(code) = self.deserialize(&path, is_command)
        {
            return Ok(Compiled { code, cached: true });
        }
        let (code, serialized) = self.translate(wasm)?;
        if let (Some(cache), Ok(serialized)) = (&self.cache, serialized) {
            keep(cache, &key, &serialized);
        }
        Ok(Compiled { code, cached: false })
    }

    fn translate(&self, wasm: &[u8]) -> Result<(Code, wasmtime::Result<Vec<u8>>), Problem> {
        let refused = |error: wasmtime::Error| guest::invalid(&format!("{error:#}"));
        match guest::form(wasm)? {
            Form::Component(bytes) => {
                let component = Component::new(&self.wasmtime, bytes).map_err(refused)?;
                let serialized = component.serialize();
                Ok((Code::Component(component), serialized))
            }
            Form::Command => {
                let module = Module::new(&self.wasmtime, wasm).map_err(refused)?;
                let serialized = module.serialize();
                Ok((Code::Command(module), serialized))
            }
        }
    }

    fn deserialize(&self, path: &Path, is_command: bool) -> Option<Code> {
        // SAFETY: the cache has just shown that this host wrote the file, and nobody else can write to its directory.
        unsafe {
            if is_command {
                Module::deserialize_file(&self.wasmtime, path).ok().map(Code::Command)
            } else {
                Component::deserialize_file(&self.wasmtime, path).ok().map(Code::Component)
            }
        }
    }
}

/// A cache that cannot be written costs time, not the app.
fn keep(cache: &Cache, key: &[u8], code: &[u8]) {
    let _ = cache.store(key, code);
}
