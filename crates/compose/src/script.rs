//! Compositions that a script describes, in the language of the WebAssembly Composition project (WAC).

use crate::PROCESSOR;
use crate::part::{Part, Wire};
use atoll_engine::guest::{self, Form};
use atoll_engine::{Code, Problem};
use miette::Diagnostic;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, NodeKind};
use wac_parser::Document;
use wac_resolver::{FileSystemPackageResolver, packages};

/// The component that a script makes. Its packages are the files that are `given`, or lie in `folder` under their names:
/// `acme/auth.wasm` for `acme:auth`. With it, what it is made of. A problem's value is where it is in the text: offset and length
/// in bytes.
pub fn script(text: &str, folder: &Path, given: HashMap<String, PathBuf>) -> Result<(Vec<u8>, Vec<Part>), Problem> {
    let document = Document::parse(text).map_err(|error| wrong(&error))?;
    let wanted = packages(&document).map_err(|error| wrong(&error))?;
    let found = FileSystemPackageResolver::new(folder, given.clone(), true).resolve(&wanted).map_err(|error| wrong(&error))?;
    let components = found.into_iter().map(|(name, file)| component(&file).map(|component| (name, component)));
    let resolved = document.resolve(components.collect::<Result<_, _>>()?).map_err(|error| wrong(&error))?;
    let options = EncodeOptions { processor: Some(PROCESSOR), ..EncodeOptions::default() };
    let made = resolved.encode(options).map_err(|error| wrong(&error))?;
    Ok((made, parts(resolved.graph(), folder, &given)))
}

/// The instances of a graph; each has its number in the order in which the script makes them.
fn parts(graph: &CompositionGraph, folder: &Path, given: &HashMap<String, PathBuf>) -> Vec<Part> {
    let instances: Vec<(NodeId, &str)> = graph.node_ids().filter_map(|node| Some((node, instance(graph, node)?))).collect();
    let number = |wanted: NodeId| instances.iter().position(|(node, _)| *node == wanted);
    let part = |(node, package): &(NodeId, &str)| {
        let wires = graph.get_instantiation_arguments(*node).filter_map(|(import, source)| {
            let (from, export) = graph.get_alias_source(source)?;
            Some(Wire { import: import.to_owned(), export: export.to_owned(), part: number(from)? })
        });
        let wasm = given.get(*package).cloned().unwrap_or_else(|| folder.join(package.replace(':', "/")).with_extension("wasm"));
        Part { name: (*package).to_owned(), wasm, denied: Vec::new(), wires: wires.collect() }
    };
    instances.iter().map(part).collect()
}

fn instance(graph: &CompositionGraph, node: NodeId) -> Option<&str> {
    let about = &graph[node];
    matches!(about.kind(), NodeKind::Instantiation(_)).then(|| about.package().map(|package| graph[package].name())).flatten()
}

fn component(file: &[u8]) -> Result<Vec<u8>, Problem> {
    match guest::form(file)? {
        Form::Component(wasm) => Ok(wasm),
        Form::Module(_) => Err(crate::part::no_component("one of its packages")),
    }
}

fn wrong(error: &dyn Diagnostic) -> Problem {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let message = causes.fold(error.to_string(), |message, cause| format!("{message}: {cause}"));
    let problem = Problem::new(Code::CompositionInvalid, message);
    let label = error.labels().and_then(|mut labels| labels.next());
    match label {
        Some(label) => problem.at("script", format!("{} {}", label.offset(), label.len())),
        None => problem,
    }
}
