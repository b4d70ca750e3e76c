//! What functions, modules and sections are called.

use super::Function;
use super::walk::Open;
use crate::frames::demangled;
use crate::guest::inspect::cut;
use wasmparser::{ExternalKind, Name, NameSectionReader, Payload};

/// Custom sections are not validated: what cannot be read names nothing.
pub(super) fn name_functions(biggest: &mut [Function], open: &Open<'_>) {
    let mut nameless: Vec<&mut Function> = biggest.iter_mut().filter(|function| function.part == open.number).collect();
    if nameless.is_empty() {
        return;
    }
    let mut give = |index: u32, name: &str| {
        for function in nameless.iter_mut().filter(|function| function.index == index && function.name.is_empty()) {
            function.name = cut(&demangled(name));
        }
    };
    for name in open.names.clone().into_iter().flatten().flatten() {
        if let Name::Function(names) = name {
            names.into_iter().flatten().for_each(|naming| give(naming.index, naming.name));
        }
    }
    for export in open.exports.clone().into_iter().flatten().flatten() {
        if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
            give(export.index, export.name);
        }
    }
    for function in nameless.iter_mut().filter(|function| function.name.is_empty()) {
        function.name = format!("function {}", function.index);
    }
}

pub(super) fn module_name(names: NameSectionReader<'_>) -> Option<String> {
    names.into_iter().flatten().find_map(|name| match name {
        Name::Module { name, .. } => Some(cut(name)),
        _ => None,
    })
}

pub(super) fn section(payload: &Payload<'_>) -> Option<&'static str> {
    Some(match payload {
        Payload::TypeSection(_) => "type",
        Payload::ImportSection(_) => "import",
        Payload::FunctionSection(_) => "function",
        Payload::TableSection(_) => "table",
        Payload::MemorySection(_) => "memory",
        Payload::TagSection(_) => "tag",
        Payload::GlobalSection(_) => "global",
        Payload::ExportSection(_) => "export",
        Payload::StartSection { .. } => "start",
        Payload::ElementSection(_) => "element",
        Payload::DataCountSection { .. } => "data count",
        Payload::DataSection(_) => "data",
        Payload::CodeSectionStart { .. } => "code",
        Payload::CustomSection(_) => "custom",
        Payload::CoreTypeSection(_) => "core type",
        Payload::InstanceSection(_) => "core instance",
        Payload::ComponentInstanceSection(_) => "instance",
        Payload::ComponentAliasSection(_) => "alias",
        Payload::ComponentTypeSection(_) => "component type",
        Payload::ComponentCanonicalSection(_) => "canonical function",
        Payload::ComponentStartSection { .. } => "component start",
        Payload::ComponentImportSection(_) => "component import",
        Payload::ComponentExportSection(_) => "component export",
        _ => return None,
    })
}
