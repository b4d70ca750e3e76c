//! One WIT, read and resolved.

use crate::wrong;
use atoll_engine::guest::{self, Form};
use atoll_engine::{Code, Problem};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use wasmparser::Parser;
use wit_component::DecodedWasm;
use wit_parser::{PackageId, Resolve, WorldId};

/// What a path holds: a package, or the world of a component.
#[derive(Debug)]
pub struct Wit {
    pub resolve: Resolve,
    /// What was asked for; all others are there because it needs them.
    pub package: PackageId,
    /// The component's own.
    pub world: Option<WorldId>,
}

/// The parser's own tree, as its tools print it, with numbers that say what was asked for.
#[derive(Serialize)]
struct Tree<'a> {
    package: usize,
    world: Option<usize>,
    resolve: &'a Resolve,
}

impl Wit {
    /// Of the folder, `.wit` file, wasm package, component or core module with a world at `path`. What a folder needs lies in
    /// its `deps`.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        if !is_text(path) {
            return Self::decoded(path);
        }
        wrong::there(path)?;
        let mut resolve = Resolve::default();
        match resolve.push_path(path) {
            Ok((package, _)) => Ok(Self { resolve, package, world: None }),
            Err(error) => Err(wrong::of(&error, |span| resolve.render_location(span))),
        }
    }

    fn decoded(path: &Path) -> Result<Self, Problem> {
        Ok(match guest::decoded(&component(path)?)? {
            DecodedWasm::WitPackage(resolve, package) => Self { resolve, package, world: None },
            DecodedWasm::Component(resolve, world) => {
                let package = resolve.worlds[world].package;
                let package = package.ok_or_else(|| guest::invalid(&"its world belongs to no package"))?;
                Self { resolve, package, world: Some(world) }
            }
        })
    }

    /// As text: the package, and with `whole` all that it needs behind it.
    pub fn text(&self, whole: bool) -> Result<String, Problem> {
        let all = self.resolve.packages.iter().map(|(id, _)| id);
        let others: Vec<PackageId> = all.filter(|id| whole && *id != self.package).collect();
        guest::printed(&self.resolve, self.package, &others)
    }

    /// Each package as a text of its own, by its name.
    pub fn texts(&self) -> Result<BTreeMap<String, String>, Problem> {
        let all = self.resolve.packages.iter();
        all.map(|(id, package)| Ok((package.name.to_string(), guest::printed(&self.resolve, id, &[])?))).collect()
    }

    /// As JSON.
    pub fn tree(&self) -> Result<String, Problem> {
        let world = self.world.map(|world| world.index());
        let tree = Tree { package: self.package.index(), world, resolve: &self.resolve };
        serde_json::to_string(&tree).map_err(|error| Problem::new(Code::WitInvalid, format!("the WIT has no tree: {error}")))
    }

    /// As the wasm that registries keep.
    pub fn packed(&self) -> Result<Vec<u8>, Problem> {
        let packed = wit_component::encode(&self.resolve, self.package);
        packed.map_err(|error| Problem::new(Code::WitInvalid, format!("the WIT cannot be packed: {error:#}")))
    }

    /// The world of this name; without one, the only world.
    pub fn world(&self, name: Option<&str>) -> Result<WorldId, Problem> {
        if let (None, Some(own)) = (name, self.world) {
            return Ok(own);
        }
        self.resolve.select_world(&[self.package], name).map_err(|_| self.no_world(name))
    }

    fn no_world(&self, name: Option<&str>) -> Problem {
        let package = &self.resolve.packages[self.package];
        let known: Vec<String> = package.worlds.keys().map(|name| format!("`{name}`")).collect();
        let hint = match known.is_empty() {
            true => format!("`{}` describes none", package.name),
            false => format!("`{}` has {}", package.name, known.join(", ")),
        };
        let message = name.map_or_else(|| "no world is named".to_owned(), |name| format!("there is no world `{name}`"));
        Problem::new(Code::WitWorldUnknown, message).hint(hint)
    }
}

/// The component that the file at `path` is, or becomes; under the names that stand in the file.
pub(crate) fn component(path: &Path) -> Result<Vec<u8>, Problem> {
    let bytes = guest::read(path)?;
    if Parser::is_component(&bytes) {
        return Ok(bytes);
    }
    match guest::form(&bytes)? {
        Form::Component(wasm) => Ok(wasm),
        Form::Module(_) => {
            let message = format!("`{}` is a command without the component model: it has no WIT", path.display());
            Err(Problem::new(Code::GuestNotComponent, message).hint("build it as a component"))
        }
    }
}

/// Whether WIT stands there as text.
pub(crate) fn is_text(path: &Path) -> bool {
    path.is_dir() || path.extension().is_none_or(|extension| extension == "wit")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const TEXT: &str =
        "package a:b@1.0.0;\n/// Says.\ninterface x { f: func(); }\nworld one { import x; }\nworld two { include one; }\n";

    fn written(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(name);
        fs::write(&file, content).unwrap();
        (dir, file)
    }

    #[test]
    fn text_and_wasm_say_the_same() {
        let (_dir, file) = written("x.wit", TEXT);
        let wit = Wit::read(&file).unwrap();
        let (_other, packed) = written("x.wasm", wit.packed().unwrap());
        let again = Wit::read(&packed).unwrap();
        assert_eq!(again.text(false).unwrap(), wit.text(true).unwrap());
        assert_eq!(again.texts().unwrap()["a:b@1.0.0"], wit.text(false).unwrap());
        assert!(wit.tree().unwrap().contains("Says."));
        assert_eq!(wit.resolve.worlds[wit.world(Some("two")).unwrap()].name, "two");
    }

    #[test]
    fn a_world_must_be_named_where_there_are_several() {
        let (_dir, file) = written("x.wit", TEXT);
        let problem = Wit::read(&file).unwrap().world(None).unwrap_err();
        assert_eq!((problem.code, problem.hint.as_deref()), (Code::WitWorldUnknown, Some("`a:b@1.0.0` has `one`, `two`")));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, words, place) in [
            ("package a:b;\ninterface x { f: func( }", "expected", "x.wit:2:24"),
            ("package a:b;\ninterface x { f: func() -> nothing; }", "`nothing`", "x.wit:2:28"),
            ("package a:b;\ninterface x { use c:d/e@1.0.0.{t}; }", "package 'c:d@1.0.0' not found", "x.wit:2:19"),
        ] {
            let (_dir, file) = written("x.wit", text);
            let problem = Wit::read(&file).unwrap_err();
            assert!(problem.code == Code::WitInvalid && problem.message.contains(words), "{problem}");
            assert!(problem.value.unwrap_or_default().ends_with(place));
        }
        let (dir, _) = written("x.txt", "");
        for path in [dir.path().to_owned(), dir.path().join("absent.wit")] {
            assert_eq!(Wit::read(&path).unwrap_err().code, Code::WitInvalid);
        }
        let (_dir, file) = written("x.wasm", "nothing");
        assert_eq!(Wit::read(&file).unwrap_err().code, Code::GuestInvalid);
    }
}
