//! A core module as a component: its WIT world from the custom section an SDK left, WASI preview 1 through the published adapters.

use crate::error::{Code, Problem};
use crate::guest::invalid;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as COMMAND,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as REACTOR,
};
use wasmparser::{Parser, Payload};

/// What matters of a core module here.
#[derive(Default)]
struct Facts {
    imports: Vec<String>,
    exports: Vec<String>,
    has_world: bool,
}

/// A `_start` beside preview 1 and nothing else.
pub(super) fn is_command(wasm: &[u8]) -> bool {
    facts(wasm).is_ok_and(|facts| {
        facts.exports.iter().any(|name| name == "_start")
            && !facts.has_world
            && facts.imports.iter().all(|module| module == PREVIEW1)
    })
}

/// Whether an SDK left a world in the module.
pub(super) fn has_world(wasm: &[u8]) -> bool {
    facts(wasm).is_ok_and(|facts| facts.has_world)
}

/// The component that the module `wasm` becomes.
pub(super) fn core_module(wasm: &[u8]) -> Result<Vec<u8>, Problem> {
    let facts = facts(wasm).map_err(|error| invalid(&error))?;
    if let Some(problem) = too_old(&facts) {
        return Err(problem);
    }
    let adapter = if facts.exports.iter().any(|name| name == "_start") { COMMAND } else { REACTOR };
    let encoded = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(wasm)
        .and_then(|encoder| encoder.adapter(PREVIEW1, adapter))
        .and_then(|mut encoder| encoder.encode());
    encoded.map_err(|error| not_a_component(&facts, &format!("{error:#}")))
}

fn facts(wasm: &[u8]) -> Result<Facts, wasmparser::BinaryReaderError> {
    let mut facts = Facts::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    facts.imports.push(import?.module.to_owned());
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    facts.exports.push(export?.name.to_owned());
                }
            }
            Payload::CustomSection(section) if section.name().starts_with("component-type") => facts.has_world = true,
            _ => {}
        }
    }
    facts.imports.sort();
    facts.imports.dedup();
    Ok(facts)
}

/// SDKs of 2022 spoke a canonical ABI of their own, which no tool translates.
fn too_old(facts: &Facts) -> Option<Problem> {
    let old = facts.exports.iter().any(|name| name == "canonical_abi_realloc") && !facts.has_world;
    old.then(|| {
        Problem::new(Code::GuestNotComponent, "the module was made with an SDK older than the component model")
            .hint("build it again with a current SDK (spin-sdk 1.0 or later)")
    })
}

fn not_a_component(facts: &Facts, error: &str) -> Problem {
    let list = |names: &[String]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    Problem::new(
        Code::GuestNotComponent,
        format!(
            "the core module cannot become a component: {error}; it imports from {} and exports {}",
            list(&facts.imports),
            list(&facts.exports)
        ),
    )
    .hint("build it for `wasm32-wasip1` (command or reactor) or as a component")
}
