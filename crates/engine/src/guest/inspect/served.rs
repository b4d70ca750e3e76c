//! Who answers the imports of a file here.
//!
//! Imports stand at a file's begin: what comes before the last of them is a valid file by itself, which wasmtime can hold
//! against a linker, types and all, without compiling a function.

use super::surface::Item;
use crate::engine::Engine;
use crate::error::Problem;
use crate::guest::{Form, PREVIEW1};
use crate::runtime::{Runtime, Tasks};
use crate::{link, refusal};
use serde::Serialize;
use wasmparser::{Parser, Payload};
use wasmtime::component::Component;
use wasmtime::{FuncType, Module};

/// Bytes of modules before the last import that are still compiled.
const MOST_CODE: usize = 1 << 16;

/// Who answers an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// This host.
    Host,
    /// An object of Python that is named for it.
    Object,
    /// An object of Python if one is named for it; else each call of it traps.
    Optional,
    /// Nobody.
    #[default]
    Nobody,
}

/// Something that a file imports, and who answers it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Import {
    #[serde(flatten)]
    pub item: Item,
    /// The capability that answers it; WASI's own have none.
    pub room: Option<&'static str>,
    pub answer: Answer,
}

impl Engine {
    /// The imports of what `form` is with their answers, and why it cannot be linked even if all objects are given.
    pub(super) fn answered(&self, form: &Form, imports: Vec<Item>) -> Result<(Vec<Import>, Option<String>), Problem> {
        let runtime = self.runtime(if form.has_async() { Tasks::Many } else { Tasks::One })?;
        let answer = |item: &Item| match form {
            Form::Component(_) => runtime.answer(item),
            Form::Module(_) => runtime.answer_core(item),
        };
        let with_room = |item: Item| Import { room: runtime.rooms.room_of(&item.name), answer: answer(&item), item };
        let mut imports: Vec<Import> = imports.into_iter().map(with_room).collect();
        let refusal = match form {
            Form::Component(bytes) => runtime.refusal(bytes),
            Form::Module(bytes) => runtime.refusal_core(bytes),
        };
        if let Some(refusal) = &refusal {
            // It names the first import that does not fit.
            let named =
                |import: &&mut Import| import.answer == Answer::Host && refusal.contains(&format!("`{}`", import.item.name));
            imports.iter_mut().filter(named).for_each(|import| import.answer = Answer::Nobody);
        }
        Ok((imports, refusal))
    }
}

impl Runtime {
    fn answer(&self, item: &Item) -> Answer {
        match item.kind {
            _ if link::is_provided(&self.rooms, &item.name) || refusal::is_one(&item.name) => Answer::Host,
            "type" | "resource" => Answer::Host,
            "interface" if item.has_types_only => Answer::Host,
            "interface" if link::is_optional(&item.name) => Answer::Optional,
            "interface" | "function" => Answer::Object,
            _ => Answer::Nobody,
        }
    }

    fn answer_core(&self, item: &Item) -> Answer {
        let Some((PREVIEW1, name)) = item.name.split_once('#') else { return Answer::Object };
        // A linker takes no second item of a name.
        let nothing = FuncType::new(&self.wasmtime, [], []);
        let is_new = self.preview1.clone().func_new(PREVIEW1, name, nothing, |_, _, _| Ok(())).is_ok();
        if is_new { Answer::Nobody } else { Answer::Host }
    }

    fn refusal(&self, component: &[u8]) -> Option<String> {
        let imports = up_to_imports(component)?;
        let linked = Component::new(&self.wasmtime, imports)
            .and_then(|component| link::with_traps(&self.linker, &self.rooms, &component)?.instantiate_pre(&component));
        linked.err().map(|error| format!("{error:#}"))
    }

    /// Only a module that needs nothing but preview 1 is held against it.
    fn refusal_core(&self, module: &[u8]) -> Option<String> {
        let module = Module::new(&self.wasmtime, up_to_imports(module)?).ok()?;
        if module.imports().any(|import| import.module() != PREVIEW1) {
            return None;
        }
        // As imports are told.
        self.preview1.instantiate_pre(&module).err().map(|error| format!("{error:#}").replace("::", "#"))
    }
}

/// The part of a valid file that its imports need; none where that is not small.
fn up_to_imports(wasm: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut end, mut nested, mut before) = (0, 8, 0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } if depth == 1 => {
                nested += unchecked_range.len();
            }
            Payload::ComponentImportSection(section) if depth == 1 => (end, before) = (section.range().end, nested),
            Payload::ImportSection(section) if depth == 1 => end = section.range().end,
            _ => {}
        }
    }
    (before <= MOST_CODE).then_some(&wasm[..end])
}
