//! From wasm to machine code, in this process or in the compiler's own.

use crate::compile::Wanted;
use crate::compiler;
use crate::engine::EngineSettings;
use crate::error::Problem;
#[cfg(feature = "compiler")]
use crate::guest::{self, Form};
use crate::runtime::{self, Tasks};
#[cfg(feature = "compiler")]
use crate::snapshot::snapshot;

/// Machine code that no engine has loaded yet.
pub(crate) struct Translated {
    pub(crate) tasks: Tasks,
    pub(crate) code: Vec<u8>,
}

/// Compile in this process, for an engine with these `settings`: what the child does.
pub fn translate(settings: &EngineSettings, wasm: &[u8], wanted: &Wanted) -> Result<(&'static str, Vec<u8>), Problem> {
    let made = here(settings, wasm, wanted, |tasks| runtime::on_demand(settings, tasks))?;
    Ok((made.tasks.as_str(), made.code))
}

/// Compile where the `settings` say; in this process with what `engine` gives.
pub(crate) fn translated(
    settings: &EngineSettings,
    wasm: &[u8],
    wanted: &Wanted,
    engine: impl Fn(Tasks) -> Result<wasmtime::Engine, Problem>,
) -> Result<Translated, Problem> {
    match &settings.compiler {
        Some(child) if cfg!(feature = "compiler") => compiler::translate(child, settings, wasm, wanted),
        _ => here(settings, wasm, wanted, engine),
    }
}

#[cfg(feature = "compiler")]
fn here(
    settings: &EngineSettings,
    wasm: &[u8],
    wanted: &Wanted,
    engine: impl Fn(Tasks) -> Result<wasmtime::Engine, Problem>,
) -> Result<Translated, Problem> {
    let mut form = guest::formed(wasm, wanted)?;
    let tasks = if wanted.reused || form.has_async() { Tasks::Many } else { Tasks::One };
    if let (Some(start), Form::Component(bytes)) = (&wanted.start, &mut form) {
        *bytes = snapshot(settings, tasks, bytes, start)?;
    }
    let engine = engine(tasks)?;
    let code = match &form {
        Form::Component(bytes) => engine.precompile_component(bytes),
        Form::Module(bytes) => engine.precompile_module(bytes),
    };
    let refused =
        |error: wasmtime::Error| compiler::out_of_memory(&error).unwrap_or_else(|| guest::invalid(&format!("{error:#}")));
    Ok(Translated { tasks, code: code.map_err(refused)? })
}

#[cfg(not(feature = "compiler"))]
fn here(
    _: &EngineSettings,
    _: &[u8],
    _: &Wanted,
    _: impl Fn(Tasks) -> Result<wasmtime::Engine, Problem>,
) -> Result<Translated, Problem> {
    Err(crate::ahead::absent("this atoll has no compiler"))
}
