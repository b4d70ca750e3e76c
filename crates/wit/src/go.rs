//! Bindings for guests in mainline Go, by the Bytecode Alliance's generator.
//!
//! Its code names a module of its own and a library; here both become packages of the user's module, so nothing has to be
//! fetched. The library is ours, with the names that the code expects.

mod able;
mod mended;

use crate::read::Wit;
use atoll_engine::{Code, Problem};
use std::collections::BTreeMap;
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_go::{Format, Opts};

/// Names and texts.
type Sources = &'static [(&'static str, &'static str)];

/// Each package of the library: its import path in generated code, its folder, and its files.
const LIBRARY: [(&str, &str, Sources); 2] = [
    (
        "go.bytecodealliance.org/pkg/wit/runtime",
        "wit_runtime",
        &[
            ("handle.go", include_str!("go/runtime/handle.go")),
            ("memory.go", include_str!("go/runtime/memory.go")),
            ("empty.s", include_str!("go/runtime/empty.s")),
        ],
    ),
    (
        "go.bytecodealliance.org/pkg/wit/types",
        "wit_types",
        &[("types.go", include_str!("go/types/types.go")), ("tuples.go", include_str!("go/types/tuples.go"))],
    ),
];

/// The files, by their paths below a folder that is the package `module`, for a world of `wit`; without a name, its only world.
pub fn go(wit: &Wit, world: Option<&str>, module: &str) -> Result<BTreeMap<String, String>, Problem> {
    let world = &wit.resolve.worlds[wit.world(world)?];
    // The generator has a parser of its own version.
    let owner = Wit { package: world.package.unwrap_or(wit.package), resolve: wit.resolve.clone(), world: None };
    let (mut resolve, id) = parsed(&owner.text(true)?, &world.name).map_err(failed)?;
    able::check(&resolve, id)?;
    let mut files = Files::default();
    let options = Opts { format: Format::False, quiet: true, ..Opts::default() };
    options.build().generate(&mut resolve, id, &mut files).map_err(failed)?;
    let generated = files.iter().filter(|(path, _)| *path != "go.mod");
    let mut made: BTreeMap<String, String> =
        generated.map(|(path, text)| (path.to_owned(), own(&String::from_utf8_lossy(text), module))).collect();
    for (_, folder, parts) in LIBRARY {
        made.extend(parts.iter().map(|(name, text)| (format!("{folder}/{name}"), (*text).to_owned())));
    }
    Ok(made)
}

fn parsed(text: &str, world: &str) -> anyhow::Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("world.wit", text)?;
    let world = resolve.select_world(&[package], Some(world))?;
    Ok((resolve, world))
}

/// Generated code whose imports are packages of `module`.
fn own(code: &str, module: &str) -> String {
    let library = LIBRARY
        .iter()
        .fold(code.to_owned(), |code, (path, folder, _)| code.replace(&format!("\"{path}\""), &format!("\"{module}/{folder}\"")));
    mended::mended(library.replace("\"wit_component/", &format!("\"{module}/")))
}

fn failed(error: anyhow::Error) -> Problem {
    Problem::new(Code::WitUnsupported, format!("no Go bindings can be made of this world: {error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const SHELVES: &str = "package test:shelves@0.1.0;
        interface library {
            resource shelf { constructor(room: u32); merge: static func(one: shelf, other: shelf) -> shelf; }
            words: func() -> list<option<string>>;
        }
        world shelving { import log: func(line: string); export library; }";

    fn bound(text: &str, world: Option<&str>) -> Result<BTreeMap<String, String>, Problem> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("world.wit");
        std::fs::write(&file, text).unwrap();
        go(&Wit::read(Path::new(&file))?, world, "example.com/guest")
    }

    #[test]
    fn packages_are_those_of_the_users_module() {
        let files = bound(SHELVES, Some("shelving")).unwrap();
        assert_eq!(files, bound(SHELVES, None).unwrap());
        for name in ["wit_exports.go", "wit_world/wit_bindings.go", "wit_types/types.go", "wit_runtime/memory.go"] {
            assert!(files.contains_key(name), "{name}");
        }
        for text in files.values() {
            assert!(!text.contains("wit_component") && !text.contains("go.bytecodealliance.org"), "{text}");
        }
        assert!(files["wit_exports.go"].contains("\"example.com/guest/export_test_shelves_library\""));
        // What the generator writes is what is mended.
        let shelf = &files["export_test_shelves_library/wit_bindings.go"];
        assert!(shelf.contains("TakeHandle gives the resource away") && !shelf.contains("SetHandle"));
    }

    #[test]
    fn what_go_cannot_do_is_refused_by_name() {
        for (item, words) in [
            ("export later: async func();", "`later` is async"),
            ("import of: func() -> stream<u8>;", "`of` has a stream"),
            ("import of: func() -> future;", "`of` has a future"),
            ("import of: func(x: list<list<u8, 4>>);", "list of fixed length"),
            ("import of: func() -> tuple<u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8>;", "tuple of more than 16"),
            ("use items.{deep}; import of: func(x: deep);", "type `inner` has a stream"),
        ] {
            let text = format!(
                "package a:b; interface items {{ record inner {{ x: stream<u8> }} type deep = list<inner>; }} world w {{ {item} }}"
            );
            let problem = bound(&text, None).unwrap_err();
            assert!(problem.code == Code::WitUnsupported && problem.message.contains(words), "{item}: {problem}");
        }
    }

    #[test]
    fn a_world_that_is_not_there_is_refused_with_those_that_are() {
        let problem = bound(SHELVES, Some("shelf")).unwrap_err();
        assert_eq!((problem.code, problem.hint.unwrap()), (Code::WitWorldUnknown, "`test:shelves@0.1.0` has `shelving`".into()));
    }
}
