//! The WIT of a component: as text, and what it says about each function.

use crate::error::{Code, Problem};
use crate::guest::{Form, decoded, form, invalid, not_a_library};
use serde::Serialize;
use std::collections::BTreeMap;
use wit_component::{DecodedWasm, Output, OutputToString, WitPrinter};
use wit_parser::{Function, PackageId, Resolve, Type, TypeDefKind, WorldId, WorldItem, WorldKey};

/// A component's world.
#[derive(Debug, Default, Serialize)]
pub struct Wit {
    pub text: String,
    /// The comments on functions, by interface (the world's own under an empty name) and function.
    pub docs: BTreeMap<String, BTreeMap<String, String>>,
    /// The world's own types: kind, name, and the names of their parts. A compiled component has lost these names.
    pub types: Vec<(&'static str, String, Vec<String>)>,
}

/// The types that the world itself names.
fn types(resolve: &Resolve, world: WorldId) -> Vec<(&'static str, String, Vec<String>)> {
    let world = &resolve.worlds[world];
    let own = world.imports.iter().chain(&world.exports).filter_map(|(_, item)| match item {
        WorldItem::Type { id, .. } => Some(*id),
        _ => None,
    });
    own.filter_map(|id| {
        let mut at = &resolve.types[id];
        let name = at.name.clone()?;
        while let TypeDefKind::Type(Type::Id(id)) = at.kind {
            at = &resolve.types[id];
        }
        let (kind, parts): (_, Vec<String>) = match &at.kind {
            TypeDefKind::Record(record) => ("record", record.fields.iter().map(|field| field.name.clone()).collect()),
            TypeDefKind::Variant(variant) => ("variant", variant.cases.iter().map(|case| case.name.clone()).collect()),
            TypeDefKind::Enum(of) => ("enum", of.cases.iter().map(|case| case.name.clone()).collect()),
            TypeDefKind::Flags(flags) => ("flags", flags.flags.iter().map(|flag| flag.name.clone()).collect()),
            _ => return None,
        };
        Some((kind, name, parts))
    })
    .collect()
}

/// The world of the component that `wasm` is, or becomes.
pub fn wit(wasm: &[u8]) -> Result<Wit, Problem> {
    let Form::Component(bytes) = form(wasm)? else { return Err(not_a_library()) };
    of_component(&bytes)
}

/// The world of a component.
pub(super) fn of_component(bytes: &[u8]) -> Result<Wit, Problem> {
    let decoded = decoded(bytes)?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Ok(Wit { text: whole(decoded.resolve(), decoded.package())?, ..Wit::default() });
    };
    let Some(package) = resolve.worlds[world].package else { return Ok(Wit::default()) };
    Ok(Wit { text: whole(&resolve, package)?, docs: docs(&resolve, world), types: types(&resolve, world) })
}

fn whole(resolve: &Resolve, package: PackageId) -> Result<String, Problem> {
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != package).collect();
    printed(resolve, package, &others)
}

/// A package as text, and `others` nested in it.
pub fn printed(resolve: &Resolve, package: PackageId, others: &[PackageId]) -> Result<String, Problem> {
    let mut printer = WitPrinter::new(Bounded::default());
    printer.print(resolve, package, others).map_err(|error| invalid(&format!("{error:#}")))?;
    let Bounded { text, length } = printer.output;
    if length > LONGEST {
        let long = format!("the WIT would be {length} bytes long, more than {LONGEST}");
        return Err(Problem::new(Code::GuestInvalid, long).hint("give names to types that are used often"));
    }
    Ok(text.to_string())
}

/// Bytes of a world's text: types that name each other twice make one of any length from a small file.
const LONGEST: usize = 8 << 20;

/// WIT as far as it is not too long.
#[derive(Default)]
struct Bounded {
    text: OutputToString,
    length: usize,
}

impl Output for Bounded {
    fn push_str(&mut self, src: &str) {
        self.length += src.len();
        if self.length <= LONGEST {
            self.text.push_str(src);
        }
    }

    fn indent_if_needed(&mut self) -> bool {
        self.text.indent_if_needed()
    }

    fn indent_start(&mut self) {
        self.text.indent_start();
    }

    fn indent_end(&mut self) {
        self.text.indent_end();
    }

    fn newline(&mut self) {
        self.text.newline();
    }
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
