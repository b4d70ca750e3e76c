//! Imports that a dependency was not granted, under names that the host answers with refusals.
//!
//! Parts of one composition share what they import under one name. So what one of them may not use has another name there, and
//! only there: types and everything else of the component stay as they are.

use crate::sections::sections;
use atoll_engine::{Problem, guest, refusal};
use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{Component, ComponentImportSection, RawSection};
use wasmparser::{ComponentImportSectionReader, Payload};

/// `component` with these of its imports under the names of refusals.
pub(crate) fn renamed(component: &[u8], imports: &[String]) -> Result<Vec<u8>, Problem> {
    let mut made = Component::new();
    sections(component, |payload| {
        if let Payload::ComponentImportSection(section) = payload {
            made.section(&import_section(section, imports)?);
        } else if let Some((id, range)) = payload.as_section() {
            made.section(&RawSection { id, data: &component[range] });
        }
        Ok(())
    })?;
    Ok(made.finish())
}

fn import_section(section: ComponentImportSectionReader<'_>, denied: &[String]) -> Result<ComponentImportSection, Problem> {
    let mut made = ComponentImportSection::new();
    for import in section {
        let import = import.map_err(|error| guest::invalid(&error))?;
        let ty = RoundtripReencoder.component_type_ref(import.ty).map_err(|error| guest::invalid(&error))?;
        if denied.iter().any(|name| name == import.name.name) {
            made.import(refusal::name(import.name.name), ty);
        } else {
            made.import(import.name.name, ty);
        }
    }
    Ok(made)
}
