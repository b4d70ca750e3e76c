//! What a file imports and exports, with types, and which trigger would call it.

use super::{MOST, cut};
use crate::error::Problem;
use crate::guest::handler::{self, HandlerKind, Signature};
use serde::Serialize;
use std::fmt::Write;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{Parser, Payload};

/// Something that a file imports or exports.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Item {
    /// In WIT's words, or `module#name` of a core module's import.
    pub name: String,
    /// `interface`, `function`, `type`, `resource`, `module`, `component` or `value`; `function`, `table`, `memory`, `global` or `tag`.
    pub kind: &'static str,
    /// In WebAssembly's text form, of a core module's.
    #[serde(rename = "type")]
    pub ty: Option<String>,
    /// An interface in which there is nothing to be called.
    #[serde(skip)]
    pub(super) has_types_only: bool,
}

/// The first of them; a file may have a million.
#[derive(Default)]
pub(super) struct Items {
    pub(super) told: Vec<Item>,
    pub(super) left_out: usize,
}

impl Items {
    fn of(found: impl Iterator<Item = impl FnOnce() -> Item>) -> Self {
        let mut items = Self::default();
        for item in found {
            if items.told.len() < MOST {
                items.told.push(item());
            } else {
                items.left_out += 1;
            }
        }
        items
    }
}

/// Both sides of a file, and how it would be called.
pub(super) struct Surface {
    pub(super) imports: Items,
    pub(super) exports: Items,
    pub(super) handler: Result<HandlerKind, Problem>,
}

impl Surface {
    /// Of the valid component `wasm`.
    pub(super) fn of_component(wasm: &[u8], types: TypesRef<'_>) -> Self {
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(wasm).flatten() {
            match payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    let names = section.into_iter().flatten().map(|import| import.name.name);
                    imports.extend(names.map(|name| (name, types.component_item_for_import(name).map(|item| item.ty))));
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    let names = section.into_iter().flatten().map(|export| export.name.name);
                    exports.extend(names.map(|name| (name, types.component_item_for_export(name).map(|item| item.ty))));
                }
                _ => {}
            }
        }
        let names: Vec<&str> = exports.iter().map(|(name, _)| *name).collect();
        let fits = |export: &str, wanted: Signature| fits(types, export, wanted);
        let handler =
            handler::http_among(&names, &fits).or_else(|problem| handler::command_among(&names, &fits).map_err(|_| problem));
        let item = |name: &str, ty: Option<ComponentEntityType>| {
            let has_types_only = ty.is_some_and(|ty| has_types_only(types, ty));
            Item { name: cut(name), kind: ty.map_or("value", kind), ty: None, has_types_only }
        };
        let items = |found: Vec<(&str, Option<ComponentEntityType>)>| {
            Items::of(found.into_iter().map(|(name, ty)| move || item(name, ty)))
        };
        Self { imports: items(imports), exports: items(exports), handler }
    }

    /// Of a valid core module, where it stays one.
    pub(super) fn of_module(types: TypesRef<'_>, handler: Result<HandlerKind, Problem>) -> Self {
        let imports = types.core_imports().into_iter().flatten();
        let exports = types.core_exports().into_iter().flatten();
        Self {
            imports: Items::of(
                imports.map(|(module, name, ty)| move || item(types, format!("{}#{}", cut(module), cut(name)), ty)),
            ),
            exports: Items::of(exports.map(|(name, ty)| move || item(types, cut(name), ty))),
            handler,
        }
    }
}

fn kind(ty: ComponentEntityType) -> &'static str {
    match ty {
        ComponentEntityType::Instance(_) => "interface",
        ComponentEntityType::Func(_) => "function",
        ComponentEntityType::Type { created: ComponentAnyTypeId::Resource(_), .. } => "resource",
        ComponentEntityType::Type { .. } => "type",
        ComponentEntityType::Module(_) => "module",
        ComponentEntityType::Component(_) => "component",
        ComponentEntityType::Value(_) => "value",
    }
}

fn has_types_only(types: TypesRef<'_>, ty: ComponentEntityType) -> bool {
    let ComponentEntityType::Instance(instance) = ty else { return false };
    types[instance].exports.values().all(|item| kind(item.ty) == "type")
}

/// Whether the function is there, with so many parameters and results.
fn fits(types: TypesRef<'_>, export: &str, (name, params, results): Signature) -> bool {
    let Some(ComponentEntityType::Instance(instance)) = types.component_item_for_export(export).map(|item| item.ty) else {
        return false;
    };
    match types[instance].exports.get(name).map(|item| item.ty) {
        Some(ComponentEntityType::Func(func)) => {
            let func = &types[func];
            func.params.len() == params && usize::from(func.result.is_some()) == results
        }
        _ => false,
    }
}

fn item(types: TypesRef<'_>, name: String, ty: EntityType) -> Item {
    let (kind, ty) = match ty {
        EntityType::Func(id) | EntityType::FuncExact(id) => ("function", types[id].to_string()),
        EntityType::Tag(id) => ("tag", types[id].to_string()),
        EntityType::Table(table) => {
            let address = if table.table64 { "i64 " } else { "" };
            ("table", format!("(table {address}{} {})", limits(table.initial, table.maximum), table.element_type))
        }
        EntityType::Memory(memory) => {
            let address = if memory.memory64 { "i64 " } else { "" };
            let shared = if memory.shared { " shared" } else { "" };
            ("memory", format!("(memory {address}{}{shared})", limits(memory.initial, memory.maximum)))
        }
        EntityType::Global(global) if global.mutable => ("global", format!("(global (mut {}))", global.content_type)),
        EntityType::Global(global) => ("global", format!("(global {})", global.content_type)),
    };
    Item { name, kind, ty: Some(cut(&ty)), has_types_only: false }
}

fn limits(initial: u64, maximum: Option<u64>) -> String {
    let mut text = initial.to_string();
    if let Some(maximum) = maximum {
        // Writing to a string does not fail.
        let _ = write!(text, " {maximum}");
    }
    text
}
