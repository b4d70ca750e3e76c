//! What a wasm file is, for people who look before they run.

use crate::compile::{Code, Wanted};
use crate::engine::Engine;
use crate::error::Problem;
use crate::guest::{binary, handler, read};
use serde::Serialize;
use std::path::Path;
use wasmtime::Module;
use wasmtime::component::Component;

/// A wasm file, described.
#[derive(Debug, Default, Serialize)]
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

impl Engine {
    /// Describe the wasm file at `path`. It is compiled, but never run.
    pub fn inspect(&self, path: &Path) -> Result<Description, Problem> {
        let wasm = read(path)?;
        let wasm = binary(&wasm)?;
        let form = if wasmparser::Parser::is_component(&wasm) { "component" } else { "core module" };
        let compiled = self.compile(&wasm, &Wanted::default())?;
        let described = match compiled.code {
            Code::Component(component) => of_component(&self.runtime(compiled.tasks)?.wasmtime, &component),
            Code::Command(module) => of_command(&module),
        };
        Ok(Description { form, size: wasm.len(), ..described })
    }
}

fn of_component(engine: &wasmtime::Engine, component: &Component) -> Description {
    let ty = component.component_type();
    let found = handler::handler(engine, component).or_else(|problem| handler::command(engine, component).map_err(|_| problem));
    Description {
        handler: found.as_ref().ok().copied(),
        problem: found.err().map(|problem| problem.message),
        imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
        exports: ty.exports(engine).map(|(name, _)| name.to_owned()).collect(),
        ..Description::default()
    }
}

fn of_command(module: &Module) -> Description {
    Description {
        handler: Some(handler::HandlerKind::Command01),
        imports: module.imports().map(|import| format!("{}#{}", import.module(), import.name())).collect(),
        exports: module.exports().map(|export| export.name().to_owned()).collect(),
        ..Description::default()
    }
}
