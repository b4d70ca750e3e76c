//! A file's imports held against what is linked here, types and all.
//!
//! Imports stand at a file's begin: what comes before the last of them is a valid file by itself, which wasmtime can hold
//! against a linker without compiling a function.

use crate::guest::{Form, PREVIEW1};
use crate::link;
use crate::runtime::Runtime;
use wasmparser::{Parser, Payload};
use wasmtime::Module;
use wasmtime::component::Component;

/// Bytes of modules before the last import that are still compiled.
const MOST_CODE: usize = 1 << 16;

impl Runtime {
    /// Why it cannot be linked, even if all objects are given.
    pub(super) fn refusal(&self, form: &Form) -> Option<String> {
        match form {
            Form::Component(bytes) => self.refusal_component(bytes),
            Form::Module(bytes) => self.refusal_core(bytes),
        }
    }

    fn refusal_component(&self, component: &[u8]) -> Option<String> {
        let imports = up_to_imports(component)?;
        let linked = Component::new(&self.wasmtime, imports)
            .and_then(|component| link::with_traps(&self.linker, &self.rooms, &component)?.instantiate_pre(&component));
        linked.err().map(|error| format!("{error:#}"))
    }

    /// Only a module that needs nothing but preview 1 is held against it.
    fn refusal_core(&self, module: &[u8]) -> Option<String> {
        let module = Module::new(&self.wasmtime, up_to_imports(module)?).ok()?;
        if module.imports().any(|import| import.module() != PREVIEW1) {
            return None;
        }
        // As imports are told.
        self.preview1.instantiate_pre(&module).err().map(|error| format!("{error:#}").replace("::", "#"))
    }
}

/// The part of a valid file that its imports need; none where that is not small.
fn up_to_imports(wasm: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut end, mut nested, mut before) = (0, 8, 0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } if depth == 1 => {
                nested += unchecked_range.len();
            }
            Payload::ComponentImportSection(section) if depth == 1 => (end, before) = (section.range().end, nested),
            Payload::ImportSection(section) if depth == 1 => end = section.range().end,
            _ => {}
        }
    }
    (before <= MOST_CODE).then_some(&wasm[..end])
}
