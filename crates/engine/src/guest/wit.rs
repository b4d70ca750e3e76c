//! The WIT of a component: as text, and what it says about each function.

use crate::error::Problem;
use crate::guest::{Form, form, invalid, not_a_library};
use serde::Serialize;
use std::collections::BTreeMap;
use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{Function, PackageId, Resolve, WorldId, WorldItem, WorldKey};

/// A component's world.
#[derive(Debug, Default, Serialize)]
pub struct Wit {
    pub text: String,
    /// The comments on functions, by interface (the world's own under an empty name) and function.
    pub docs: BTreeMap<String, BTreeMap<String, String>>,
}

/// The world of the component that `wasm` is, or becomes.
pub fn wit(wasm: &[u8]) -> Result<Wit, Problem> {
    let Form::Component(bytes) = form(wasm)? else { return Err(not_a_library()) };
    let decoded = wit_component::decode(&bytes).map_err(|error| invalid(&format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Ok(Wit { text: printed(decoded.resolve(), decoded.package())?, docs: BTreeMap::new() });
    };
    let Some(package) = resolve.worlds[world].package else { return Ok(Wit::default()) };
    Ok(Wit { text: printed(&resolve, package)?, docs: docs(&resolve, world) })
}

fn printed(resolve: &Resolve, package: PackageId) -> Result<String, Problem> {
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != package).collect();
    let mut printer = WitPrinter::default();
    printer.print(resolve, package, &others).map_err(|error| invalid(&format!("{error:#}")))?;
    Ok(printer.output.to_string())
}

fn docs(resolve: &Resolve, world: WorldId) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found = BTreeMap::<String, BTreeMap<String, String>>::new();
    let mut keep = |interface: &str, function: &Function| {
        if let Some(text) = &function.docs.contents {
            found.entry(interface.to_owned()).or_default().insert(function.name.clone(), text.trim().to_owned());
        }
    };
    for (key, item) in &resolve.worlds[world].exports {
        match item {
            WorldItem::Function(function) => keep("", function),
            WorldItem::Interface { id, .. } => {
                let name = match key {
                    WorldKey::Name(name) => name.clone(),
                    WorldKey::Interface(id) => resolve.id_of(*id).unwrap_or_default(),
                };
                resolve.interfaces[*id].functions.values().for_each(|function| keep(&name, function));
            }
            WorldItem::Type { .. } => {}
        }
    }
    found
}
