//! Whether a component fits a world, by the rules of the WebAssembly Composition project: it imports at most what the world
//! imports, and exports at least what it exports.

use crate::read::{Wit, component};
use atoll_engine::{Problem, guest};
use serde::Serialize;
use std::path::Path;
use wac_graph::types::{ExternKind, ItemKind, Package, Type, Types, WorldId, validate_target};

/// What a component has that its world does not allow, or lacks.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Differences {
    /// Imports of the component that the world has not.
    pub imports: Vec<String>,
    /// Exports of the world that the component has not.
    pub exports: Vec<String>,
    /// What both have under one name, and with types that do not fit.
    pub types: Vec<Mismatch>,
}

/// Something with two types.
#[derive(Debug, PartialEq, Serialize)]
pub struct Mismatch {
    pub name: String,
    /// Or else it is exported.
    pub imported: bool,
    /// Where in it the types part.
    pub why: String,
}

/// The differences of the component at `path` from a world of `wit`; without a name, from its only world.
pub fn target(path: &Path, wit: &Wit, world: Option<&str>) -> Result<Differences, Problem> {
    let world = &wit.resolve.worlds[wit.world(world)?];
    let packed = Wit { package: world.package.unwrap_or(wit.package), resolve: wit.resolve.clone(), world: None }.packed()?;
    let mut types = Types::default();
    let invalid = |error: anyhow::Error| guest::invalid(&format!("{error:#}"));
    let wanted = Package::from_bytes("atoll:world", None, packed, &mut types).map_err(invalid)?;
    let given = Package::from_bytes("atoll:component", None, component(path)?, &mut types).map_err(invalid)?;
    let wanted = named(&types, wanted.ty(), &world.name).ok_or_else(|| guest::invalid(&"its world cannot be read"))?;
    let Err(report) = validate_target(&types, wanted, given.ty()) else { return Ok(Differences::default()) };
    Ok(Differences {
        imports: report.imports_not_in_target().map(str::to_owned).collect(),
        exports: report.missing_exports().map(|(name, _)| name.to_owned()).collect(),
        types: report
            .mismatched_types()
            .map(|(name, kind, why)| Mismatch {
                name: name.to_owned(),
                imported: matches!(kind, ExternKind::Import),
                why: format!("{why:#}"),
            })
            .collect(),
    })
}

/// A world of a package as wasm: a type whose one export is the world.
fn named(types: &Types, package: WorldId, name: &str) -> Option<WorldId> {
    let ItemKind::Type(Type::World(outer)) = types[package].exports.get(name)? else { return None };
    match types[*outer].exports.values().next()? {
        ItemKind::Component(world) => Some(*world),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    const WORLD: &str = "package a:b@0.2.1; interface x { f: func(n: u32); } world w { import x; export run: func(); }";

    fn differences(component: &str, world: &str) -> Differences {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| -> PathBuf {
            std::fs::write(dir.path().join(name), text).unwrap();
            dir.path().join(name)
        };
        let wit = Wit::read(&put("w.wit", world)).unwrap();
        target(&put("c.wat", component), &wit, Some("w")).unwrap()
    }

    #[test]
    fn a_component_fits_with_less_and_by_another_version() {
        let run = r#"(core module $m (func (export "r"))) (core instance $i (instantiate $m))
            (func $r (canon lift (core func $i "r"))) (export "run" (func $r)) (export "more" (func $r))"#;
        for version in ["0.2.0", "0.2.1", "0.2.9"] {
            let imports = format!(r#"(import "a:b/x@{version}" (instance (export "f" (func (param "n" u32)))))"#);
            assert_eq!(differences(&format!("(component {imports} {run})"), WORLD), Differences::default());
        }
        assert_eq!(differences(&format!("(component {run})"), WORLD), Differences::default());
    }

    #[test]
    fn whatever_does_not_fit_is_told() {
        let found = differences(
            r#"(component (import "a:b/x@0.2.1" (instance (export "f" (func (param "n" u64))))) (import "other" (func)))"#,
            WORLD,
        );
        assert_eq!((&*found.imports, &*found.exports), (&["other".to_owned()][..], &["run".to_owned()][..]));
        let [Mismatch { name, imported: true, why }] = &*found.types else { panic!("{found:?}") };
        assert!(name == "a:b/x@0.2.1" && why.contains("u64") && why.contains("u32"), "{why}");
    }
}
