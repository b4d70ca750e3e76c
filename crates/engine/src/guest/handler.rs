//! Which export of a component a trigger calls.

use crate::error::{Code, Problem};
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// The ways a component can answer HTTP, or run as a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandlerKind {
    /// `wasi:http/incoming-handler@0.2.x`
    Http02,
    /// `wasi:http/handler@0.3.0`, and its release candidate
    Http03,
    /// `fermyon:spin/inbound-http`
    SpinHttp,
    /// A preview 1 module with `_start`
    Command01,
    /// `wasi:cli/run@0.2.x`
    Command02,
    /// `wasi:cli/run@0.3.0`
    Command03,
}

impl HandlerKind {
    pub(crate) fn of(export: &str) -> Option<Self> {
        let (interface, version) = export.split_once('@').unwrap_or((export, ""));
        match interface {
            "wasi:http/incoming-handler" if version.starts_with("0.2.") => Some(Self::Http02),
            "wasi:http/handler" if version.starts_with("0.3.") => Some(Self::Http03),
            "fermyon:spin/inbound-http" => Some(Self::SpinHttp),
            "wasi:cli/run" if version.starts_with("0.2.") => Some(Self::Command02),
            "wasi:cli/run" if version.starts_with("0.3.") => Some(Self::Command03),
            _ => None,
        }
    }

    /// The function that is called.
    pub(crate) fn signature(self) -> Signature {
        match self {
            Self::Http02 => ("handle", 2, 0),
            Self::Http03 => ("handle", 1, 1),
            Self::SpinHttp => ("handle-request", 1, 1),
            Self::Command01 => ("_start", 0, 0),
            Self::Command02 | Self::Command03 => ("run", 0, 1),
        }
    }

    pub(crate) fn is_command(self) -> bool {
        matches!(self, Self::Command01 | Self::Command02 | Self::Command03)
    }
}

/// A function's name, and how many parameters and results it has.
pub(crate) type Signature = (&'static str, usize, usize);

/// Whether the interface that is exported under this name has such a function.
pub(super) type Fits<'a> = dyn Fn(&str, Signature) -> bool + 'a;

/// The one HTTP handler of the component.
pub fn handler(engine: &Engine, component: &Component) -> Result<HandlerKind, Problem> {
    let ty = component.component_type();
    let names: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    http_among(&names, &|export, signature| has(component, export, signature))
}

/// The command-line entry point of the component.
pub fn command(engine: &Engine, component: &Component) -> Result<HandlerKind, Problem> {
    let ty = component.component_type();
    let names: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    command_among(&names, &|export, signature| has(component, export, signature))
}

/// The one HTTP handler among these exports.
pub(super) fn http_among(exports: &[&str], fits: &Fits<'_>) -> Result<HandlerKind, Problem> {
    let kinds = exports.iter().filter_map(|name| Some((*name, HandlerKind::of(name).filter(|kind| !kind.is_command())?)));
    let found: Vec<(&str, HandlerKind)> = kinds.collect();
    match found.as_slice() {
        [(name, kind)] => well_formed(name, *kind, fits),
        [] => Err(Problem::new(
            Code::GuestNoHandler,
            format!("the component exports no HTTP handler; it exports {}", list(exports)),
        )
        .hint("export `wasi:http/incoming-handler@0.2.x`, `wasi:http/handler@0.3.0` or `fermyon:spin/inbound-http`")),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| *name).collect();
            Err(Problem::new(
                Code::GuestSeveralHandlers,
                format!("the component exports several HTTP handlers: {}", names.join(", ")),
            )
            .hint("export exactly one of them"))
        }
    }
}

/// The command-line entry point among these exports.
pub(super) fn command_among(exports: &[&str], fits: &Fits<'_>) -> Result<HandlerKind, Problem> {
    let found = exports.iter().find_map(|name| Some((*name, HandlerKind::of(name).filter(|kind| kind.is_command())?)));
    let (name, kind) = found.ok_or_else(|| {
        Problem::new(Code::GuestNotCommand, format!("the component exports no `wasi:cli/run`; it exports {}", list(exports)))
            .hint("build it as a command (a `main` or `_start`), or serve it with `atoll up`")
    })?;
    well_formed(name, kind, fits)
}

/// An export may have the right name and another type: better found at load than at the first request.
fn well_formed(export: &str, kind: HandlerKind, fits: &Fits<'_>) -> Result<HandlerKind, Problem> {
    let signature = kind.signature();
    if fits(export, signature) {
        return Ok(kind);
    }
    let name = signature.0;
    Err(Problem::new(
        Code::GuestInvalid,
        format!(
            "the component's export `{export}` does not have the type of that interface: `{name}` is missing or another function"
        ),
    )
    .hint("build it against the published WIT of that interface"))
}

fn has(component: &Component, export: &str, (name, params, results): Signature) -> bool {
    let func = component.get_export_index(None, export).and_then(|instance| component.get_export(Some(&instance), name));
    matches!(
        func.map(|(item, _)| item),
        Some(ComponentItem::ComponentFunc(func)) if func.params().len() == params && func.results().len() == results
    )
}

/// A command where an HTTP handler is needed.
pub fn not_a_handler() -> Problem {
    Problem::new(Code::GuestNoHandler, "the module is a command: it has `_start` and exports no HTTP handler")
        .hint("run it with `atoll run`, or give its trigger `executor = { type = \"wagi\" }`")
}

/// A command where a library is needed.
pub fn not_a_library() -> Problem {
    Problem::new(Code::GuestNotLibrary, "the module is a command: it has `_start` and no exports to be called by name")
        .hint("run it with `atoll run`, or build it as a library (a reactor, `crate-type = [\"cdylib\"]`)")
}

fn list(exports: &[&str]) -> String {
    if exports.is_empty() {
        return "nothing".into();
    }
    exports.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
