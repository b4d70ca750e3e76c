//! From a file to a component: whatever a toolchain made becomes something that can be compiled and linked.

mod adapt;
mod decoding;
mod handler;
mod inspect;
mod rename;
mod wit;

pub use decoding::decoded;
pub use handler::{HandlerKind, command, handler, not_a_handler, not_a_library};
pub use inspect::{Description, valid, wat};
pub use rename::final_name;
pub use wit::{Wit, printed, wit};

/// The module that a core module imports WASI preview 1 from.
pub(crate) use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1;

use crate::compile::Wanted;
use crate::error::{Code, Problem};
use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use wasmparser::{Parser, Validator, WasmFeatures};

/// Changes whenever the same file would become another component.
pub const REVISION: &str = "1";

/// Characters of a parser's error that people still read.
const LONGEST_REASON: usize = 2_000;

/// Longer than any guest: a file without end must not fill the memory.
const LARGEST: u64 = 1 << 30;

/// Read the file at `path`, wasm or text, as it is.
pub fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Problem::new(Code::GuestUnreadable, format!("`{}` cannot be read: {error}", path.display()))
            .hint("build the component first, or correct its `source`")
            .at("source", path.display().to_string())
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable(&format!("it is larger than {LARGEST} bytes")));
    }
    Ok(bytes)
}

/// What the bytes are compiled as.
pub enum Form {
    /// The component that they are, or become.
    Component(Vec<u8>),
    /// A core module as it is: a preview 1 command, whose exit code an adapter would lose, or a library.
    Module(Vec<u8>),
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

/// The binary form of `wasm`, which may be text.
pub(crate) fn binary(wasm: &[u8]) -> Result<Cow<'_, [u8]>, Problem> {
    if wasm.starts_with(b"\0asm") { Ok(Cow::Borrowed(wasm)) } else { wat::parse_bytes(wasm).map_err(|error| invalid(&error)) }
}

/// How to compile `wasm`, binary or text.
pub fn form(wasm: &[u8]) -> Result<Form, Problem> {
    formed(wasm, &Wanted::default())
}

/// The same; a module that is `wanted` as a library stays what it is, unless an SDK gave it a world.
pub(crate) fn formed(wasm: &[u8], wanted: &Wanted) -> Result<Form, Problem> {
    let wasm = &*binary(wasm)?;
    if Parser::is_component(wasm) {
        return rename::release_candidate(wasm).map(Form::Component).map_err(|error| invalid(&error));
    }
    if !Parser::is_core_wasm(wasm) {
        return Err(Problem::new(Code::GuestInvalid, "the file is neither a WebAssembly component nor a module")
            .hint("name a `.wasm` or `.wat` file that a wasm toolchain made"));
    }
    let stays = if adapt::is_command(wasm) { !wanted.adapted } else { wanted.library && !adapt::has_world(wasm) };
    if stays {
        return Ok(Form::Module(wasm.to_owned()));
    }
    adapt::core_module(wasm).map(Form::Component)
}

/// What is wrong with a file that no parser takes.
pub fn invalid(error: &dyn std::fmt::Display) -> Problem {
    // An error may quote the file: names and lines of any length.
    let why: String = format!("{error:#}").chars().take(LONGEST_REASON).collect();
    Problem::new(Code::GuestInvalid, format!("the file is not valid WebAssembly: {why}"))
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
