//! What a file imports and exports by name, which says who could answer whom.

use crate::part::no_component;
use crate::sections::sections;
use atoll_engine::Problem;
use atoll_engine::guest::{self, Form};
use std::path::Path;
use wasmparser::{Parser, Payload};

/// The names of a component's borders, in its order.
#[derive(Debug, Default, PartialEq)]
pub struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

/// The borders of the component that the file at `path` is, or becomes. Nothing inside of it is looked at.
pub fn surface(path: &Path) -> Result<Surface, Problem> {
    let file = guest::read(path)?;
    if Parser::is_component(&file) {
        return Surface::of(&file);
    }
    match guest::form(&file)? {
        Form::Component(wasm) => Surface::of(&wasm),
        Form::Module(_) => Err(no_component(&format!("`{}`", path.display()))),
    }
}

impl Surface {
    pub(crate) fn of(component: &[u8]) -> Result<Self, Problem> {
        let mut found = Self::default();
        sections(component, |payload| {
            match payload {
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        found.imports.push(guest::final_name(import.map_err(|error| guest::invalid(&error))?.name.name));
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        found.exports.push(guest::final_name(export.map_err(|error| guest::invalid(&error))?.name.name));
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }
}
