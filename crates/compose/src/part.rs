//! What a composition is made of.

use atoll_engine::guest::{self, Form};
use atoll_engine::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

use crate::denied;

/// One component of a composition.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Part {
    /// What people know it by.
    pub name: String,
    /// Its file, wasm or text.
    pub wasm: PathBuf,
    /// Imports of it that the host refuses to answer.
    #[serde(default)]
    pub denied: Vec<String>,
    #[serde(default)]
    pub wires: Vec<Wire>,
}

/// An import that another part answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Wire {
    pub import: String,
    pub export: String,
    /// The number of the part that answers.
    pub part: usize,
}

impl Part {
    /// The component that its `file` is, or becomes.
    pub(crate) fn component(&self, file: &[u8]) -> Result<Vec<u8>, Problem> {
        match guest::form(file)? {
            Form::Component(wasm) if self.denied.is_empty() => Ok(wasm),
            Form::Component(wasm) => denied::renamed(&wasm, &self.denied),
            Form::Module(_) => Err(no_component(&format!("`{}`", self.name))),
        }
    }
}

/// A command that is a core module.
pub(crate) fn no_component(what: &str) -> Problem {
    let message = format!("{what} is a command without the component model: nothing can be composed with it");
    Problem::new(Code::GuestNotComponent, message).hint("build it as a component, for example for the target wasm32-wasip2")
}
