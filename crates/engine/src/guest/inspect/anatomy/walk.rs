//! The walk through a valid file that gathers its anatomy.

use super::names::{module_name, name_functions, section};
use super::{Anatomy, Function, Part, Sum};
use crate::guest::inspect::{MOST, cut};
use std::collections::BTreeMap;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentName, ComponentNameSectionReader, ComponentOuterAliasKind,
    CustomSectionReader, Encoding, ExportSectionReader, FunctionBody, KnownCustom, NameSectionReader, Payload,
};

/// How many of the largest functions are told.
const BIGGEST: usize = 10;

/// Custom sections whose text describes the whole file, as registries read them.
const METADATA: &[&str] = &["authors", "description", "homepage", "licenses", "revision", "source", "version"];

/// What is known of a part that has not ended yet.
#[derive(Default)]
pub(super) struct Open<'a> {
    pub(super) number: usize,
    part: Part,
    pub(super) names: Option<NameSectionReader<'a>>,
    pub(super) exports: Option<ExportSectionReader<'a>>,
    /// What a component calls its modules and components.
    inner_names: Option<ComponentNameSectionReader<'a>>,
    /// By index: the part that is defined there, none where it is imported or an alias.
    modules: Vec<Option<usize>>,
    components: Vec<Option<usize>>,
}

/// Gathers the anatomy from the payloads of a valid file.
pub(in crate::guest::inspect) struct Walk<'a> {
    anatomy: Anatomy,
    open: Vec<Open<'a>>,
    parts: usize,
    size: usize,
    sections: BTreeMap<&'static str, (usize, usize)>,
    custom: BTreeMap<&'a str, (usize, usize)>,
}

impl<'a> Walk<'a> {
    pub(in crate::guest::inspect) fn new(size: usize) -> Self {
        let (sections, custom) = (BTreeMap::new(), BTreeMap::new());
        Self { anatomy: Anatomy::default(), open: Vec::new(), parts: 0, size, sections, custom }
    }

    pub(in crate::guest::inspect) fn see(&mut self, payload: &Payload<'a>) {
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

    pub(in crate::guest::inspect) fn function(&mut self, index: u32, body: &FunctionBody<'a>) {
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

    pub(in crate::guest::inspect) fn anatomy(self) -> Anatomy {
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

fn aliased(alias: ComponentAlias<'_>) -> Option<ComponentExternalKind> {
    match alias {
        ComponentAlias::InstanceExport { kind, .. } => Some(kind),
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, .. } => Some(ComponentExternalKind::Module),
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, .. } => Some(ComponentExternalKind::Component),
        _ => None,
    }
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
