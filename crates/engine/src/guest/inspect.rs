//! What a wasm file is, for people who look before they run.

use crate::error::Problem;
use crate::guest::{componentize, handler, invalid, read};
use serde::Serialize;
use std::path::Path;
use wasmtime::component::Component;

/// A wasm file, described.
#[derive(Debug, Serialize)]
pub struct Description {
    /// `component` or `core module`
    pub form: &'static str,
    /// Bytes of the file.
    pub size: usize,
    /// The way a trigger would call it, if any.
    pub handler: Option<handler::HandlerKind>,
    /// Why no trigger can call it.
    pub problem: Option<String>,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

/// Describe the file at `path`. It is compiled, but never run.
pub fn inspect(engine: &wasmtime::Engine, path: &Path) -> Result<Description, Problem> {
    let wasm = read(path)?;
    let form = if wasmparser::Parser::is_component(&wasm) { "component" } else { "core module" };
    let component = Component::new(engine, componentize(&wasm)?).map_err(|error| invalid(&format!("{error:#}")))?;
    let ty = component.component_type();
    let found = handler::handler(engine, &component).or_else(|problem| handler::command(engine, &component).map_err(|_| problem));
    Ok(Description {
        form,
        size: wasm.len(),
        handler: found.as_ref().ok().copied(),
        problem: found.err().map(|problem| problem.message),
        imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
        exports: ty.exports(engine).map(|(name, _)| name.to_owned()).collect(),
    })
}
