//! What a wasm file consists of, gathered in one walk: sections, nested modules, functions, what tools left in it.
//!
//! A file may hold a million of anything: no list here is longer than `MOST`, and what it leaves out is counted.

use super::{MOST, cut};
use crate::frames::demangled;
use serde::Serialize;
use std::collections::BTreeMap;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentName, ComponentNameSectionReader, ComponentOuterAliasKind,
    CustomSectionReader, Encoding, ExportSectionReader, ExternalKind, FunctionBody, KnownCustom, Name, NameSectionReader,
    Payload, ProducersSectionReader,
};

/// How many of the largest functions are told.
const BIGGEST: usize = 10;

/// Custom sections whose text describes the whole file, as registries read them.
const METADATA: &[&str] = &["authors", "description", "homepage", "licenses", "revision", "source", "version"];

#[derive(Debug, Default, Serialize)]
pub struct Anatomy {
    /// By name, over all nested modules and components; the largest first.
    pub sections: Vec<Sum>,
    /// The file itself, then what is nested in it, in its order.
    pub parts: Vec<Part>,
    pub functions: Functions,
    /// Bytes of DWARF.
    pub debug_info: usize,
    pub producers: Vec<Producer>,
    /// What the file calls itself.
    pub name: Option<String>,
    /// What it says about itself to registries.
    pub metadata: BTreeMap<String, String>,
    /// By name, the largest first.
    pub custom_sections: Vec<Sum>,
    /// How many entries each list leaves out.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// Things of one name: how many, and their bytes together.
#[derive(Debug, Default, Serialize)]
pub struct Sum {
    pub name: String,
    pub count: usize,
    pub size: usize,
}

/// A module or component: the file, or one that is nested in it.
#[derive(Debug, Default, Serialize)]
pub struct Part {
    /// `module` or `component`
    pub kind: &'static str,
    /// The index of the part around it.
    pub parent: Option<usize>,
    /// How deep it is nested; the file itself is 0.
    pub depth: usize,
    pub name: Option<String>,
    /// Bytes, with what is nested in it.
    pub size: usize,
    /// Bytes of its own sections of these kinds.
    pub code: usize,
    pub data: usize,
    pub custom: usize,
    pub functions: usize,
}

#[derive(Debug, Default, Serialize)]
pub struct Functions {
    pub count: usize,
    /// Bytes of all bodies.
    pub size: usize,
    /// The largest first.
    pub biggest: Vec<Function>,
}

#[derive(Debug, Serialize)]
pub struct Function {
    /// Demangled; `function 7` where nothing names it.
    pub name: String,
    /// The index of its part.
    pub part: usize,
    /// Its index there.
    pub index: u32,
    pub size: usize,
}

/// A language, tool or SDK that the file was made with.
#[derive(Debug, PartialEq, Serialize)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`
    pub field: String,
    pub name: String,
    pub version: String,
}

/// What is known of a part that has not ended yet.
#[derive(Default)]
struct Open<'a> {
    number: usize,
    part: Part,
    names: Option<NameSectionReader<'a>>,
    exports: Option<ExportSectionReader<'a>>,
    /// What a component calls its modules and components.
    inner_names: Option<ComponentNameSectionReader<'a>>,
    /// By index: the part that is defined there, none where it is imported or an alias.
    modules: Vec<Option<usize>>,
    components: Vec<Option<usize>>,
}

/// Gathers the anatomy from the payloads of a valid file.
pub(super) struct Walk<'a> {
    anatomy: Anatomy,
    open: Vec<Open<'a>>,
    parts: usize,
    size: usize,
    sections: BTreeMap<&'static str, (usize, usize)>,
    custom: BTreeMap<&'a str, (usize, usize)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(size: usize) -> Self {
        let (sections, custom) = (BTreeMap::new(), BTreeMap::new());
        Self { anatomy: Anatomy::default(), open: Vec::new(), parts: 0, size, sections, custom }
    }

    pub(super) fn see(&mut self, payload: &Payload<'a>) {
        match payload {
            Payload::Version { encoding, .. } => return self.begin(*encoding),
            Payload::End(_) => return self.end(),
            Payload::ModuleSection { unchecked_range, .. } => {
                return self.nested(unchecked_range.len(), |open| &mut open.modules);
            }
            Payload::ComponentSection { unchecked_range, .. } => {
                return self.nested(unchecked_range.len(), |open| &mut open.components);
            }
            Payload::CustomSection(section) => self.custom(section),
            Payload::ComponentImportSection(section) => {
                let kinds = section.clone().into_iter().flatten().map(|import| import.ty.kind());
                kinds.for_each(|kind| self.elsewhere(kind));
            }
            Payload::ComponentExportSection(section) => {
                section.clone().into_iter().flatten().for_each(|export| self.elsewhere(export.kind));
            }
            Payload::ComponentAliasSection(section) => {
                section.clone().into_iter().flatten().filter_map(aliased).for_each(|kind| self.elsewhere(kind));
            }
            Payload::ExportSection(section) => self.inner(|open| open.exports = Some(section.clone())),
            _ => {}
        }
        let (Some(name), Some((_, range))) = (section(payload), payload.as_section()) else { return };
        add(&mut self.sections, name, range.len());
        self.inner(|open| match name {
            "code" => open.part.code += range.len(),
            "data" => open.part.data += range.len(),
            "custom" => open.part.custom += range.len(),
            _ => {}
        });
    }

    pub(super) fn function(&mut self, index: u32, body: &FunctionBody<'a>) {
        let (size, mut part) = (body.range().len(), 0);
        self.inner(|open| {
            open.part.functions += 1;
            part = open.number;
        });
        let functions = &mut self.anatomy.functions;
        functions.count += 1;
        functions.size += size;
        let at = functions.biggest.partition_point(|function| function.size >= size);
        if at < BIGGEST {
            functions.biggest.truncate(BIGGEST - 1);
            functions.biggest.insert(at, Function { name: String::new(), part, index, size });
        }
    }

    pub(super) fn anatomy(self) -> Anatomy {
        let Self { mut anatomy, sections, custom, .. } = self;
        anatomy.sections = sums(sections);
        anatomy.custom_sections = sums(custom);
        let over = anatomy.custom_sections.len().saturating_sub(MOST);
        anatomy.custom_sections.truncate(MOST);
        anatomy.leave_out("custom_sections", over);
        anatomy
    }

    fn inner(&mut self, change: impl FnOnce(&mut Open<'a>)) {
        if let Some(open) = self.open.last_mut() {
            change(open);
        }
    }

    fn nested(&mut self, size: usize, kind: impl for<'o> FnOnce(&'o mut Open<'a>) -> &'o mut Vec<Option<usize>>) {
        let number = self.parts;
        self.size = size;
        self.inner(|open| kind(open).push(Some(number)));
    }

    /// An index is taken by what is defined elsewhere.
    fn elsewhere(&mut self, kind: ComponentExternalKind) {
        self.inner(|open| match kind {
            ComponentExternalKind::Module => open.modules.push(None),
            ComponentExternalKind::Component => open.components.push(None),
            _ => {}
        });
    }

    fn begin(&mut self, encoding: Encoding) {
        let kind = if encoding == Encoding::Module { "module" } else { "component" };
        let parent = self.open.last().map(|open| open.number);
        let part = Part { kind, parent, depth: self.open.len(), size: self.size, ..Part::default() };
        self.open.push(Open { number: self.parts, part, ..Open::default() });
        if self.parts < MOST {
            self.anatomy.parts.push(Part::default());
        } else {
            self.anatomy.leave_out("parts", 1);
        }
        self.parts += 1;
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        name_functions(&mut self.anatomy.functions.biggest, &open);
        self.name_parts(&open);
        if self.open.is_empty() {
            self.anatomy.name.clone_from(&open.part.name);
        }
        if let Some(place) = self.anatomy.parts.get_mut(open.number) {
            *place = open.part;
        }
    }

    /// Parts that do not say what they are called.
    fn name_parts(&mut self, open: &Open<'_>) {
        for name in open.inner_names.clone().into_iter().flatten().flatten() {
            let (names, parts) = match name {
                ComponentName::CoreModules(names) => (names, &open.modules),
                ComponentName::Components(names) => (names, &open.components),
                _ => continue,
            };
            for naming in names.into_iter().flatten() {
                let number = usize::try_from(naming.index).ok().and_then(|index| *parts.get(index)?);
                if let Some(part) = number.and_then(|number| self.anatomy.parts.get_mut(number)) {
                    part.name.get_or_insert_with(|| cut(naming.name));
                }
            }
        }
    }

    fn custom(&mut self, section: &CustomSectionReader<'a>) {
        add(&mut self.custom, section.name(), section.range().len());
        if section.name().starts_with(".debug_") {
            self.anatomy.debug_info += section.data().len();
        }
        if self.open.len() == 1 && METADATA.contains(&section.name()) {
            let text = cut(&String::from_utf8_lossy(section.data()));
            self.anatomy.metadata.insert(section.name().to_owned(), text);
        }
        match section.as_known() {
            KnownCustom::Name(names) => {
                if let Some(name) = module_name(names.clone()) {
                    self.inner(|open| open.part.name = Some(name));
                }
                self.inner(|open| open.names = Some(names));
            }
            KnownCustom::ComponentName(names) => {
                let name = names.clone().flatten().find_map(|name| match name {
                    ComponentName::Component { name, .. } => Some(cut(name)),
                    _ => None,
                });
                self.inner(|open| {
                    open.part.name = name;
                    open.inner_names = Some(names);
                });
            }
            KnownCustom::Producers(producers) => self.anatomy.produced(producers),
            _ => {}
        }
    }
}

impl Anatomy {
    pub(super) fn leave_out(&mut self, list: &'static str, count: usize) {
        if count > 0 {
            *self.left_out.entry(list).or_default() += count;
        }
    }

    fn produced(&mut self, producers: ProducersSectionReader<'_>) {
        for field in producers.into_iter().flatten() {
            for value in field.values.into_iter().flatten() {
                let producer = Producer { field: field.name.to_owned(), name: cut(value.name), version: cut(value.version) };
                if self.producers.contains(&producer) {
                    continue;
                }
                // A hundred tools are many; to compare each with a million others takes for ever.
                if self.producers.len() < 100 {
                    self.producers.push(producer);
                } else {
                    self.leave_out("producers", 1);
                }
            }
        }
    }
}

/// Custom sections are not validated: what cannot be read names nothing.
fn name_functions(biggest: &mut [Function], open: &Open<'_>) {
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

fn aliased(alias: ComponentAlias<'_>) -> Option<ComponentExternalKind> {
    match alias {
        ComponentAlias::InstanceExport { kind, .. } => Some(kind),
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, .. } => Some(ComponentExternalKind::Module),
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, .. } => Some(ComponentExternalKind::Component),
        _ => None,
    }
}

fn module_name(names: NameSectionReader<'_>) -> Option<String> {
    names.into_iter().flatten().find_map(|name| match name {
        Name::Module { name, .. } => Some(cut(name)),
        _ => None,
    })
}

fn add<'a>(sums: &mut BTreeMap<&'a str, (usize, usize)>, name: &'a str, size: usize) {
    let (count, total) = sums.entry(name).or_default();
    *count += 1;
    *total += size;
}

fn sums(found: BTreeMap<&str, (usize, usize)>) -> Vec<Sum> {
    let mut sums: Vec<Sum> = found.into_iter().map(|(name, (count, size))| Sum { name: cut(name), count, size }).collect();
    sums.sort_by_key(|sum| std::cmp::Reverse(sum.size));
    sums
}

fn section(payload: &Payload<'_>) -> Option<&'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::inspect::look::look;

    fn anatomy(text: &str) -> Anatomy {
        look(&wat::parse_str(text).unwrap()).unwrap().anatomy
    }

    #[test]
    fn a_component_names_the_parts_that_do_not_name_themselves() {
        let found = anatomy(
            r#"(component $shop
                (import "given" (core module $given))
                (core module $first (func))
                (component $inner (core module $deep))
                (core module $second (@custom "x" "")))"#,
        );
        let told: Vec<_> = found.parts.iter().map(|part| (part.kind, part.parent, part.name.as_deref().unwrap_or(""))).collect();
        assert_eq!(
            told,
            [
                ("component", None, "shop"),
                ("module", Some(0), "first"),
                ("component", Some(0), "inner"),
                ("module", Some(2), "deep"),
                ("module", Some(0), "second"),
            ]
        );
        assert_eq!(found.name.as_deref(), Some("shop"));
    }

    #[test]
    fn ten_functions_are_told_the_largest_first() {
        let bodies: String = (0..31).map(|size| format!("(func {})", "nop ".repeat(size * 7 % 31))).collect();
        let functions = anatomy(&format!("(module {bodies})")).functions;
        let sizes: Vec<usize> = functions.biggest.iter().map(|function| function.size).collect();
        assert_eq!((functions.count, sizes), (31, (23..33).rev().collect()));
        assert_eq!(functions.biggest[0].name, format!("function {}", functions.biggest[0].index));
    }

    #[test]
    fn what_a_custom_section_lies_about_names_nothing() {
        let found = anatomy(r#"(module (func nop) (@custom "name" "\01\ff\ff\ff\ff\0f") (@custom "producers" "\ff"))"#);
        assert_eq!(found.functions.biggest[0].name, "function 0");
        assert!(found.producers.is_empty() && found.name.is_none());
    }
}
