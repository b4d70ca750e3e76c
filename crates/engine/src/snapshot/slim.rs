//! A component without the data segments that nothing refers to. A snapshot leaves an empty one for each that the guest had, and
//! every instance pays for each: Go's compiler makes twenty thousand.

use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, component_utils};
use wasm_encoder::{Component, DataSection};
use wasmparser::{BinaryReaderError, DataKind, DataSectionReader, Operator, Parser, Payload};

pub(super) fn slim(component: &[u8]) -> Result<Vec<u8>, Error> {
    let mut slim = Component::new();
    Slim::default().parse_component(&mut slim, Parser::new(0), component)?;
    Ok(slim.finish())
}

/// What is known of the module that is being copied.
#[derive(Default)]
struct Slim {
    /// Its active segments; none where its code names segments, which then all stay.
    active: Option<u32>,
}

impl Reencode for Slim {
    type Error = Infallible;

    fn data_count(&mut self, count: u32) -> Result<u32, Error> {
        Ok(self.active.unwrap_or(count))
    }

    fn parse_data_section(&mut self, data: &mut DataSection, section: DataSectionReader<'_>) -> Result<(), Error> {
        for segment in section {
            let segment = segment?;
            if self.active.is_none() || matches!(segment.kind, DataKind::Active { .. }) {
                self.parse_data(data, segment)?;
            }
        }
        Ok(())
    }
}

impl ReencodeComponent for Slim {
    fn parse_component_submodule(&mut self, component: &mut Component, parser: Parser, module: &[u8]) -> Result<(), Error> {
        self.active = active_only(&parser, module)?;
        component_utils::parse_component_submodule(self, component, parser, module)
    }
}

/// How many active segments `module` has; none where its code names segments.
fn active_only(parser: &Parser, module: &[u8]) -> Result<Option<u32>, BinaryReaderError> {
    let mut active = 0;
    for payload in parser.clone().parse_all(module) {
        match payload? {
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader()? {
                    if names_data(&operator?) {
                        return Ok(None);
                    }
                }
            }
            Payload::DataSection(section) => {
                for segment in section {
                    active += u32::from(matches!(segment?.kind, DataKind::Active { .. }));
                }
            }
            _ => {}
        }
    }
    Ok(Some(active))
}

fn names_data(operator: &Operator<'_>) -> bool {
    use Operator::{ArrayInitData, ArrayNewData, DataDrop, MemoryInit};
    matches!(operator, MemoryInit { .. } | DataDrop { .. } | ArrayNewData { .. } | ArrayInitData { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(component: &str) -> Vec<u32> {
        let slim = slim(&wat::parse_str(component).unwrap()).unwrap();
        wasmparser::Validator::new().validate_all(&slim).unwrap();
        let counts = Parser::new(0).parse_all(&slim).filter_map(|payload| match payload.unwrap() {
            Payload::DataSection(section) => Some(section.count()),
            _ => None,
        });
        counts.collect()
    }

    #[test]
    fn only_segments_that_code_names_stay_beside_active_ones() {
        let named = r#"(core module (memory 1) (data $d "x") (data (i32.const 0) "y") (func data.drop $d))"#;
        let unnamed = r#"(core module (memory 1) (data "x") (data (i32.const 0) "y") (data ""))"#;
        assert_eq!(segments(&format!("(component {named} {unnamed})")), [2, 1]);
    }
}
