//! From a file to a component: whatever a toolchain made becomes something that can be compiled and linked.

mod adapt;
mod handler;
mod inspect;
mod rename;

pub use handler::{HandlerKind, command, handler, not_a_handler};
pub use inspect::Description;

use crate::error::{Code, Problem};
use std::path::Path;
use wasmparser::{Parser, Validator, WasmFeatures};

/// Changes whenever the same file would become another component.
pub const REVISION: &str = "1";

/// Read the file at `path`, wasm or text.
pub fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let bytes = std::fs::read(path).map_err(|error| {
        Problem::new(Code::GuestUnreadable, format!("`{}` cannot be read: {error}", path.display()))
            .hint("build the component first, or correct its `source`")
            .at("source", path.display().to_string())
    })?;
    if bytes.starts_with(b"\0asm") {
        return Ok(bytes);
    }
    let text = wat::parse_bytes(&bytes).map_err(|error| invalid(&error))?;
    Ok(text.into_owned())
}

/// What the bytes are compiled as.
pub enum Form {
    /// The component that they are, or become.
    Component(Vec<u8>),
    /// A preview 1 command, as it is: an adapter would lose its exit code.
    Command,
}

impl Form {
    /// Whether it needs the component model's asynchronous functions, streams or futures. Code is not looked at.
    pub fn has_async(&self) -> bool {
        let Self::Component(bytes) = self else { return false };
        let mut validator = Validator::new_with_features(WasmFeatures::all().difference(WasmFeatures::CM_ASYNC));
        let parsed = Parser::new(0).parse_all(bytes);
        // What is invalid in another way is found when it is compiled.
        parsed.into_iter().any(|payload| payload.and_then(|payload| validator.payload(&payload).map(drop)).is_err())
    }
}

/// How to compile `wasm`.
pub fn form(wasm: &[u8]) -> Result<Form, Problem> {
    if Parser::is_component(wasm) {
        return rename::release_candidate(wasm).map(Form::Component).map_err(|error| invalid(&error));
    }
    if !Parser::is_core_wasm(wasm) {
        return Err(Problem::new(Code::GuestInvalid, "the file is neither a WebAssembly component nor a module")
            .hint("name a `.wasm` or `.wat` file that a wasm toolchain made"));
    }
    if is_command(wasm) {
        return Ok(Form::Command);
    }
    adapt::core_module(wasm).map(Form::Component)
}

/// Whether `wasm` is a core module that runs as a preview 1 command.
pub fn is_command(wasm: &[u8]) -> bool {
    Parser::is_core_wasm(wasm) && adapt::is_command(wasm)
}

pub(crate) fn invalid(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(Code::GuestInvalid, format!("the file is not valid WebAssembly: {error:#}"))
        .hint("build the component again; `atoll inspect` shows what a file is")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_async(text: &str) -> bool {
        Form::Component(wat::parse_str(text).unwrap()).has_async()
    }

    #[test]
    fn only_asynchronous_types_and_built_ins_need_many_tasks() {
        assert!(!has_async(r#"(component (import "wasi:io/poll@0.2.0" (instance (export "p" (type (sub resource))))))"#));
        assert!(!has_async(r#"(component (core module (memory i64 1) (func (result v128) unreachable)))"#));
        assert!(has_async(r#"(component (import "later" (func async)))"#));
        assert!(has_async(r#"(component (type (stream u8)))"#));
        assert!(has_async(r#"(component (component (type (future string))))"#));
    }
}
