//! Components put together: what one exports answers what another imports.
//!
//! Who answers whom was decided above (`python/atoll/host/composing`); here the parts become one component, in the graph of the
//! WebAssembly Composition project.

mod denied;
mod kept;
mod part;
mod script;
mod sections;
mod surface;

pub use kept::composed;
pub use part::{Part, Wire};
pub use script::script;
pub use surface::{Surface, surface};

use atoll_engine::{Code, Problem};
use std::fmt::Display;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, InstantiationArgumentError, NodeId, Processor};

const PROCESSOR: Processor<'_> = Processor { name: "atoll", version: env!("CARGO_PKG_VERSION") };

/// One component of `parts`, whose `files` are these. There must be one; it has the first one's exports, and imports whatever none of them answers.
/// A part that answers several others is there once, with one memory.
pub fn compose(parts: &[Part], files: &[Vec<u8>]) -> Result<Vec<u8>, Problem> {
    let root = &parts[0];
    let mut graph = CompositionGraph::new();
    let mut instances = Vec::new();
    for (part, file) in parts.iter().zip(files) {
        instances.push(instance(&mut graph, instances.len(), part, file)?);
    }
    for (part, instance) in parts.iter().zip(&instances) {
        for wire in &part.wires {
            let other = &parts[wire.part];
            let answer = graph
                .alias_instance_export(instances[wire.part], &wire.export)
                .map_err(|_| unfit(format!("`{}` does not export `{}`", other.name, wire.export)))?;
            graph
                .set_instantiation_argument(*instance, &wire.import, answer)
                .map_err(|error| refused(part, other, wire, &error))?;
        }
    }
    export_all(&mut graph, instances[0]).map_err(|error| failed(root, &error))?;
    let options = EncodeOptions { validate: false, processor: Some(PROCESSOR), ..EncodeOptions::default() };
    graph.encode(options).map_err(|error| failed(root, &chain(&error)))
}

fn instance(graph: &mut CompositionGraph, number: usize, part: &Part, file: &[u8]) -> Result<NodeId, Problem> {
    let wasm = part.component(file)?;
    let package = Package::from_bytes(&format!("atoll:part{number}"), None, wasm, graph.types_mut());
    let package = package.map_err(|error| failed(part, &format!("{error:#}")))?;
    let package = graph.register_package(package).map_err(|error| failed(part, &error))?;
    Ok(graph.instantiate(package))
}

fn export_all(graph: &mut CompositionGraph, root: NodeId) -> Result<(), Box<dyn std::error::Error>> {
    let Some(package) = graph[root].package() else { return Ok(()) };
    let exports: Vec<String> = graph.types()[graph[package].ty()].exports.keys().cloned().collect();
    for name in exports {
        let export = graph.alias_instance_export(root, &name)?;
        graph.export(export, name)?;
    }
    Ok(())
}

fn refused(part: &Part, other: &Part, wire: &Wire, error: &InstantiationArgumentError) -> Problem {
    match error {
        InstantiationArgumentError::ArgumentTypeMismatch { source, .. } => unfit(format!(
            "`{}` imports `{}`, and what `{}` exports as `{}` is not the same: {source:#}",
            part.name, wire.import, other.name, wire.export
        ))
        .hint("build both against one version of the interface; `atoll inspect` prints the WIT of each"),
        other => failed(part, other),
    }
}

fn failed(part: &Part, error: &dyn Display) -> Problem {
    unfit(format!("`{}` cannot be composed: {error}", part.name))
}

fn unfit(message: String) -> Problem {
    Problem::new(Code::CompositionInvalid, message)
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;
    use atoll_engine::guest;

    const ASKS: &str = r#"(component
        (import "acme:parts/bell@0.1.0" (instance $bell (export "ring" (func (result string)))))
        (import "wasi:cli/environment@0.2.0" (instance (export "initial-cwd" (func (result (option string))))))
        (export "acme:parts/front@0.1.0" (instance $bell)))"#;
    const RINGS: &str = r#"(component
        (import "wasi:cli/environment@0.2.6" (instance (export "initial-cwd" (func (result (option string))))))
        (core module $code (memory (export "m") 1) (func (export "ring") (result i32) i32.const 0)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
        (core instance $made (instantiate $code))
        (func $ring (result string) (canon lift (core func $made "ring") (memory (core memory $made "m")) (realloc (core func $made "realloc"))))
        (instance $bell (export "ring" (func $ring)))
        (export "acme:parts/bell@0.1.0" (instance $bell)))"#;

    fn part(name: &str, denied: &[&str], wires: &[(&str, usize)]) -> Part {
        let wire = |(name, part): &(&str, usize)| Wire { import: (*name).into(), export: (*name).into(), part: *part };
        Part {
            name: name.into(),
            wasm: name.into(),
            denied: denied.iter().map(|name| (*name).into()).collect(),
            wires: wires.iter().map(wire).collect(),
        }
    }

    fn composed(parts: &[(Part, &str)]) -> Result<Surface, Problem> {
        let files: Vec<Vec<u8>> = parts.iter().map(|(_, text)| wat::parse_str(text).unwrap()).collect();
        let parts: Vec<Part> = parts.iter().map(|(part, _)| part.clone()).collect();
        let made = compose(&parts, &files)?;
        guest::valid(&made).map(|_| Surface::of(&made).unwrap())
    }

    #[test]
    fn what_one_exports_answers_what_the_other_imports() {
        let wired = part("asks", &[], &[("acme:parts/bell@0.1.0", 1)]);
        let made = composed(&[(wired, ASKS), (part("rings", &[], &[]), RINGS)]).unwrap();
        // Versions that can stand for each other are one import.
        assert_eq!(made.imports, ["wasi:cli/environment@0.2.6"]);
        assert_eq!(made.exports, ["acme:parts/front@0.1.0"]);
    }

    #[test]
    fn what_a_part_is_denied_has_a_name_of_its_own() {
        let wired = part("asks", &[], &[("acme:parts/bell@0.1.0", 1)]);
        let denied = part("rings", &["wasi:cli/environment@0.2.6"], &[]);
        let made = composed(&[(wired, ASKS), (denied, RINGS)]).unwrap();
        assert_eq!(made.imports, ["wasi:cli/environment@0.2.0", "denied-wasi:cli/environment@0.2.6"]);
    }

    #[test]
    fn interfaces_that_differ_are_refused_with_both_sides() {
        let wired = part("asks", &[], &[("acme:parts/bell@0.1.0", 1)]);
        let other = RINGS.replace("(result string)", "(result u32)");
        let problem = composed(&[(wired, ASKS), (part("rings", &[], &[]), &other)]).unwrap_err();
        assert_eq!(problem.code, Code::CompositionInvalid);
        for words in ["`asks`", "`rings`", "acme:parts/bell@0.1.0", "string", "u32"] {
            assert!(problem.message.contains(words), "{}", problem.message);
        }
    }

    #[test]
    fn parts_that_need_each_other_are_refused() {
        let one = part("one", &[], &[("acme:parts/bell@0.1.0", 1)]);
        let mut other = part("other", &[], &[("acme:parts/bell@0.1.0", 0)]);
        other.wires[0].export = "acme:parts/front@0.1.0".into();
        let mut same = one.clone();
        same.wires[0].export = "acme:parts/front@0.1.0".into();
        let problem = composed(&[(same, ASKS), (other, ASKS)]).unwrap_err();
        assert_eq!(problem.code, Code::CompositionInvalid);
    }

    #[test]
    fn bytes_that_are_no_component_are_refused() {
        for (file, code) in [
            (&b"(module (func (export \"_start\")))"[..], Code::GuestNotComponent),
            (b"\0asm\x0d\0\x01\0\x0a\x7f", Code::GuestInvalid),
            (b"nothing", Code::GuestInvalid),
        ] {
            let problem = compose(&[part("one", &["wasi:cli/environment@0.2.6"], &[])], &[file.to_vec()]).unwrap_err();
            assert_eq!(problem.code, code);
        }
    }

    #[test]
    fn a_composition_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rings.wat");
        std::fs::write(&file, RINGS).unwrap();
        let mut one = part("rings", &[], &[]);
        one.wasm = file.clone();
        let kept = dir.path().join("kept");
        let count = || std::fs::read_dir(&kept).unwrap().count();
        let first = crate::composed(std::slice::from_ref(&one), &kept).unwrap();
        assert_eq!((crate::composed(std::slice::from_ref(&one), &kept).unwrap(), count()), (first.clone(), 1));
        let denied = Part { denied: vec!["wasi:cli/environment@0.2.6".into()], ..one.clone() };
        assert_ne!(crate::composed(&[denied], &kept).unwrap(), first);
        std::fs::write(&file, RINGS.replace("memory (export \"m\") 1", "memory (export \"m\") 2")).unwrap();
        assert_ne!(crate::composed(&[one], &kept).unwrap(), first);
        assert_eq!(count(), 3);
    }
}
