//! What a package needs, before it is there.

use crate::read::{component, is_text};
use crate::wrong;
use atoll_engine::{Problem, guest};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use wit_component::DecodedWasm;
use wit_parser::{PackageName, SourceMap};

/// The packages of a folder (without its `deps`), a file or a wasm package.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Needs {
    /// What it is: the main package first.
    pub packages: Vec<Name>,
    /// What it names and does not bring.
    pub needs: Vec<Name>,
}

/// A package's name: `wasi:http`, and its version.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Name {
    pub name: String,
    pub version: Option<String>,
}

impl From<&PackageName> for Name {
    fn from(of: &PackageName) -> Self {
        Self { name: format!("{}:{}", of.namespace, of.name), version: of.version.as_ref().map(ToString::to_string) }
    }
}

/// What lies at `path`, and what that needs.
pub fn needs(path: &Path) -> Result<Needs, Problem> {
    if is_text(path) { of_text(path) } else { of_wasm(path) }
}

fn of_text(path: &Path) -> Result<Needs, Problem> {
    wrong::there(path)?;
    let mut map = SourceMap::default();
    let read = if path.is_dir() { map.push_dir(path) } else { map.push_file(path) };
    read.map_err(|error| wrong::of(&error, |span| map.render_location(span)))?;
    let group =
        map.parse().map_err(|(map, error)| wrong::problem(error.kind().span(), &error, |span| map.render_location(span)))?;
    let all = || std::iter::once(&group.main).chain(&group.nested);
    let packages: Vec<Name> = all().map(|package| Name::from(&package.name)).collect();
    let foreign: BTreeSet<Name> = all().flat_map(|package| package.foreign_deps.keys()).map(Name::from).collect();
    Ok(Needs { needs: foreign.into_iter().filter(|name| !packages.contains(name)).collect(), packages })
}

/// A wasm package brings all that it needs.
fn of_wasm(path: &Path) -> Result<Needs, Problem> {
    let DecodedWasm::WitPackage(resolve, main) = guest::decoded(&component(path)?)? else {
        let message = format!("`{}` is a component, and no WIT package", path.display());
        return Err(Problem::new(atoll_engine::Code::WitInvalid, message)
            .hint("`atoll wit print` writes its WIT as text, which can be added"));
    };
    let others = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main);
    let packages = std::iter::once(main).chain(others).map(|id| Name::from(&resolve.packages[id].name));
    Ok(Needs { packages: packages.collect(), needs: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Wit;

    #[test]
    fn needs_are_known_before_they_are_met() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.wit");
        std::fs::write(&file, "package a:b@1.0.0;\nworld w { import c:d/e@2.0.0; import f:g/h; import i; }\ninterface i {}\n")
            .unwrap();
        let name = |name: &str, version: Option<&str>| Name { name: name.into(), version: version.map(str::to_owned) };
        let told =
            Needs { packages: vec![name("a:b", Some("1.0.0"))], needs: vec![name("c:d", Some("2.0.0")), name("f:g", None)] };
        assert_eq!(needs(&file).unwrap(), told);
        assert_eq!(needs(dir.path()).unwrap(), told);
    }

    #[test]
    fn a_wasm_package_brings_its_needs_and_a_component_is_none() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("deps")).unwrap();
        std::fs::write(dir.path().join("x.wit"), "package a:b;\ninterface x { use c:d/e.{t}; f: func() -> t; }\n").unwrap();
        std::fs::write(dir.path().join("deps/d.wit"), "package c:d;\ninterface e { type t = u8; }\n").unwrap();
        let file = dir.path().join("x.wasm");
        std::fs::write(&file, Wit::read(dir.path()).unwrap().packed().unwrap()).unwrap();
        let told = needs(&file).unwrap();
        assert_eq!(told.packages.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["a:b", "c:d"]);
        assert!(told.needs.is_empty());
        std::fs::write(&file, wat::parse_str("(component)").unwrap()).unwrap();
        assert_eq!(needs(&file).unwrap_err().code, atoll_engine::Code::WitInvalid);
    }
}
