//! WASI `0.3.0-rc-2026-03-15` under the name of 0.3.0.
//!
//! Published SDKs export that release candidate, whose interfaces have 0.3.0's types, but a pre-release matches nothing but itself.
//! `0.3.0+rc-2026-03-15` is as long, and is 0.3.0 to a linker. So the component's own sections are rewritten in place; core modules
//! and their data stay as they are.

use wasmparser::{BinaryReaderError, ComponentAlias, Parser, Payload};

const CANDIDATE: &[u8] = b"@0.3.0-rc-2026-03-15";
const FINAL: &[u8] = b"@0.3.0+rc-2026-03-15";

/// `wasm` with the release candidate's imports and exports renamed.
pub(super) fn release_candidate(wasm: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut renamed = wasm.to_vec();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ComponentTypeSection(section) => rename(&mut renamed[section.range()]),
            Payload::ComponentImportSection(section) => rename(&mut renamed[section.range()]),
            Payload::ComponentExportSection(section) => rename(&mut renamed[section.range()]),
            Payload::ComponentInstanceSection(section) => rename(&mut renamed[section.range()]),
            Payload::ComponentAliasSection(section) => {
                let end = section.range().end;
                let mut aliases = section.into_iter_with_offsets().collect::<Result<Vec<_>, _>>()?.into_iter().peekable();
                while let Some((start, alias)) = aliases.next() {
                    let next = aliases.peek().map_or(end, |(offset, _)| *offset);
                    // The names of core exports belong to the core modules.
                    if !matches!(alias, ComponentAlias::CoreInstanceExport { .. }) {
                        rename(&mut renamed[start..next]);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(renamed)
}

/// The name under which a component that was renamed has what it calls `name`.
pub fn final_name(name: &str) -> String {
    let mut bytes = name.as_bytes().to_vec();
    rename(&mut bytes);
    // One piece of text took the place of another.
    String::from_utf8_lossy(&bytes).into_owned()
}

fn rename(section: &mut [u8]) {
    let mut at = 0;
    while at + CANDIDATE.len() <= section.len() {
        if section[at..].starts_with(CANDIDATE) {
            section[at..at + FINAL.len()].copy_from_slice(FINAL);
            at += FINAL.len();
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_exports_get_the_final_version() {
        let wat = r#"(component (import "wasi:random/random@0.3.0-rc-2026-03-15" (instance $r))
            (export "wasi:random/random@0.3.0-rc-2026-03-15" (instance $r)))"#;
        let renamed = release_candidate(&wat::parse_str(wat).unwrap()).unwrap();
        let text = String::from_utf8_lossy(&renamed).into_owned();
        assert!(!text.contains("0.3.0-rc"));
        assert_eq!(text.matches("0.3.0+rc-2026-03-15").count(), 2);
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(&renamed).unwrap();
    }

    #[test]
    fn the_data_of_a_core_module_stays() {
        let wat = r#"(component (core module (memory 1) (data (i32.const 0) "@0.3.0-rc-2026-03-15")))"#;
        let wasm = wat::parse_str(wat).unwrap();
        assert_eq!(release_candidate(&wasm).unwrap(), wasm);
    }
}
