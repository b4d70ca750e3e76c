//! From bytes to machine code, through the cache.

use crate::engine::Engine;
use crate::error::Problem;
use crate::guest::{self, Form};
use crate::runtime::{Runtime, Tasks};
use crate::snapshot::{Start, snapshot};
use std::path::Path;
use wasmtime::Module;
use wasmtime::component::Component;

/// What a guest is compiled for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Its instances serve more than one request.
    pub reused: bool,
    /// It is kept as it is after its start.
    pub start: Option<Start>,
}

impl Wanted {
    /// What the compiled code depends on.
    fn key(&self, wasm: &[u8]) -> Vec<u8> {
        let start = self.start.as_ref().map(|start| format!("snapshot 1 {:?}", start.env)).unwrap_or_default();
        [guest::REVISION.as_bytes(), start.as_bytes(), wasm].concat()
    }
}

/// Compiled code: of a component, or of a preview 1 command that runs as it is.
pub(crate) enum Code {
    Component(Component),
    Command(Module),
}

/// A compiled guest and whether it came from the cache.
pub struct Compiled {
    pub(crate) code: Code,
    pub(crate) tasks: Tasks,
    pub cached: bool,
}

impl Engine {
    /// Compile `wasm` (a component or a core module) as `wanted`, or take its code from the cache.
    pub fn compile(&self, wasm: &[u8], wanted: &Wanted) -> Result<Compiled, Problem> {
        let reused = wanted.reused;
        let key = wanted.key(wasm);
        if !reused && let Some(code) = self.runtime(Tasks::One)?.cached(&key, wasm) {
            return Ok(Compiled { code, tasks: Tasks::One, cached: true });
        }
        let mut form = guest::form(wasm)?;
        let tasks = if reused || form.has_async() { Tasks::Many } else { Tasks::One };
        let runtime = self.runtime(tasks)?;
        if tasks == Tasks::Many
            && let Some(code) = runtime.cached(&key, wasm)
        {
            return Ok(Compiled { code, tasks, cached: true });
        }
        if let (Some(start), Form::Component(bytes)) = (&wanted.start, &mut form) {
            *bytes = snapshot(self, tasks, bytes, start)?;
        }
        let (code, serialized) = runtime.translate(wasm, &form)?;
        if let (Some(cache), Ok(serialized)) = (&runtime.cache, serialized) {
            // A cache that cannot be written costs time, not the app.
            let _ = cache.store(&key, &serialized);
        }
        Ok(Compiled { code, tasks, cached: false })
    }
}

impl Runtime {
    fn cached(&self, key: &[u8], wasm: &[u8]) -> Option<Code> {
        self.deserialize(&self.cache.as_ref()?.find(key)?, guest::is_command(wasm))
    }

    fn translate(&self, wasm: &[u8], form: &Form) -> Result<(Code, wasmtime::Result<Vec<u8>>), Problem> {
        let refused = |error: wasmtime::Error| guest::invalid(&format!("{error:#}"));
        match form {
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
