//! Who answers the imports of a file here.
//!
//! By their names, and where there is a compiler by their types as well.

#[cfg(feature = "compiler")]
mod held;

use super::surface::Item;
use crate::engine::Engine;
use crate::error::Problem;
use crate::guest::{Form, PREVIEW1};
use crate::runtime::{Runtime, Tasks};
use crate::{link, refusal};
use serde::Serialize;
use wasmtime::FuncType;

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
        #[cfg(feature = "compiler")]
        let refusal = runtime.refusal(form);
        #[cfg(not(feature = "compiler"))]
        let refusal: Option<String> = None;
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
}
