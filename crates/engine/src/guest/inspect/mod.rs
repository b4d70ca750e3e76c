//! What a wasm file is, for people who look before they run: parsed and validated, neither compiled nor run.
//!
//! The file may be anybody's: no list and no name that is told here is long, whatever the file says.

mod anatomy;
mod look;
mod served;
mod surface;
mod text;

pub use text::{valid, wat};

use crate::compile::Wanted;
use crate::engine::Engine;
use crate::error::Problem;
use crate::features;
use crate::guest::handler::{self, HandlerKind};
use crate::guest::{Form, PREVIEW1, binary, form, formed, wit};
use crate::link;
use anatomy::Anatomy;
use look::{Looked, PLAIN};
use serde::Serialize;
use served::Import;
use surface::{Item, Surface};
use wasmparser::types::Types;
use wasmparser::{Parser, WasmFeatures};

/// Entries of a list that are still told.
const MOST: usize = 10_000;

/// Characters of a name that are still told.
const LONGEST: usize = 500;

/// What wasmtime has on by default.
const ALWAYS: WasmFeatures = WasmFeatures::WASM3.union(WasmFeatures::COMPONENT_MODEL).union(WasmFeatures::CM_ASYNC);

/// A wasm file, described.
#[derive(Debug, Default, Serialize)]
pub struct Description {
    /// `component` or `core module`
    pub form: &'static str,
    /// What it is run as: `component`, `command` or `library`; none where it is refused.
    pub runs_as: Option<&'static str>,
    /// Bytes of its binary form.
    pub size: usize,
    /// Whether the file is text.
    pub text: bool,
    /// The way a trigger would call it, if any.
    pub handler: Option<HandlerKind>,
    /// Why no trigger can call it.
    pub problem: Option<String>,
    /// The WIT of the component that it is, or becomes.
    pub world: Option<String>,
    /// What keeps its world from being told.
    pub world_problem: Option<String>,
    pub imports: Vec<Import>,
    pub exports: Vec<Item>,
    /// Versions of WASI that it names.
    pub wasi: Vec<String>,
    /// Whether it needs concurrent tasks, streams or futures of the component model.
    pub asynchronous: bool,
    /// What it needs of wasm beyond version 2.0 without vectors.
    pub features: Vec<Feature>,
    /// Why its imports cannot be linked here, whoever answers them.
    pub refusal: Option<String>,
    #[serde(flatten)]
    pub anatomy: Anatomy,
}

/// A proposal that became part of wasm, or may.
#[derive(Debug, Serialize)]
pub struct Feature {
    pub name: String,
    pub support: Support,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    Always,
    /// Where an app's `features` names it.
    Switched,
    Never,
}

impl Engine {
    /// Describe `wasm`, binary or text. It is neither compiled nor run.
    pub fn inspect(&self, wasm: &[u8]) -> Result<Description, Problem> {
        let text = !wasm.starts_with(b"\0asm");
        let wasm = &*binary(wasm)?;
        let Looked { types, features, anatomy } = look::look(wasm)?;
        let shaped = Shaped::of(wasm, &types)?;
        let world = shaped.world(wasm);
        let described = Description { text, size: wasm.len(), features: named(features), anatomy, ..Description::default() };
        self.surface(described, shaped, world)
    }

    /// What `wasm` imports, and who answers that. Bodies of functions are not looked at, which takes a tenth of the time.
    pub fn imports(&self, wasm: &[u8]) -> Result<Vec<Import>, Problem> {
        let wasm = &*binary(wasm)?;
        let Shaped { form, surface, .. } = Shaped::of(wasm, &look::types(wasm)?)?;
        Ok(self.answered(&form, surface.imports.told)?.0)
    }

    fn surface(
        &self,
        described: Description,
        shaped: Shaped,
        world: Option<Result<String, Problem>>,
    ) -> Result<Description, Problem> {
        let Shaped { is_component, form, runs_as, surface } = shaped;
        let Surface { imports, exports, handler } = surface;
        let (mut anatomy, wasi) = (described.anatomy, wasi(&imports.told, &exports.told));
        anatomy.leave_out("imports", imports.left_out);
        anatomy.leave_out("exports", exports.left_out);
        let (imports, refusal) = self.answered(&form, imports.told)?;
        let (world, world_problem) = match world {
            Some(Ok(world)) => (Some(world), None),
            Some(Err(problem)) => (None, Some(problem.message)),
            None => (None, None),
        };
        Ok(Description {
            form: if is_component { "component" } else { "core module" },
            runs_as,
            handler: handler.as_ref().ok().copied(),
            problem: handler.err().map(|problem| problem.message.chars().take(4 * LONGEST).collect()),
            world,
            world_problem,
            imports,
            exports: exports.told,
            wasi,
            asynchronous: form.has_async(),
            refusal,
            anatomy,
            ..described
        })
    }
}

/// A valid file as what it is run as.
struct Shaped {
    is_component: bool,
    form: Form,
    /// None where it is run as nothing.
    runs_as: Option<&'static str>,
    surface: Surface,
}

impl Shaped {
    fn of(wasm: &[u8], types: &Types) -> Result<Self, Problem> {
        let is_component = Parser::is_component(wasm);
        let stays = |runs_as, handler| Self {
            is_component,
            form: Form::Module(wasm.to_owned()),
            runs_as,
            surface: Surface::of_module(types.as_ref(), handler),
        };
        match formed(wasm, &Wanted { library: true, ..Wanted::default() }) {
            Ok(Form::Component(bytes)) => {
                // People see the names that the file has, not those that it is linked by.
                let surface = match is_component {
                    true => Surface::of_component(wasm, types.as_ref()),
                    false => Surface::of_component(&bytes, look::types(&bytes)?.as_ref()),
                };
                Ok(Self { is_component, form: Form::Component(bytes), runs_as: Some("component"), surface })
            }
            Err(problem) if is_component => Err(problem),
            Err(problem) => Ok(stays(None, Err(problem))),
            Ok(Form::Module(_)) => Ok(match form(wasm) {
                Ok(Form::Module(_)) => stays(Some("command"), Ok(HandlerKind::Command01)),
                Ok(Form::Component(_)) => stays(Some("library"), handler::http_among(&[], &|_, _| false)),
                Err(problem) => stays(Some("library"), Err(problem)),
            }),
        }
    }

    /// The WIT of the component that `wasm` is, or becomes.
    fn world(&self, wasm: &[u8]) -> Option<Result<String, Problem>> {
        let Form::Component(bytes) = &self.form else { return None };
        let component = if self.is_component { wasm } else { bytes };
        Some(wit::of_component(component).map(|wit| wit.text))
    }
}

/// The versions of WASI among these names.
fn wasi(imports: &[Item], exports: &[Item]) -> Vec<String> {
    let version = |item: &Item| {
        let (name, version) = item.name.split_once(['#', '@'])?;
        match name {
            PREVIEW1 => Some("0.1".to_owned()),
            "wasi_unstable" => Some("0.0".to_owned()),
            _ => link::is_wasi(name).then(|| version.to_owned()),
        }
    };
    let mut found: Vec<String> = imports.iter().chain(exports).filter_map(version).collect();
    found.sort_by_cached_key(|version| (in_order(version), version.clone()));
    found.dedup();
    found
}

/// The numbers of a version: 0.2.9 comes before 0.2.10.
fn in_order(version: &str) -> Vec<u64> {
    version.split(['.', '-', '+']).map_while(|number| number.parse().ok()).collect()
}

fn named(features: WasmFeatures) -> Vec<Feature> {
    let beyond = features.difference(PLAIN).iter_names();
    beyond
        .map(|(name, flag)| {
            let name = feature_name(name);
            let support = match () {
                () if ALWAYS.contains(flag) => Support::Always,
                () if features::names().contains(&name.as_str()) => Support::Switched,
                () => Support::Never,
            };
            Feature { name, support }
        })
        .collect()
}

/// The name that `features` of an app has for wasmparser's `CM_MORE_ASYNC_BUILTINS`.
fn feature_name(constant: &str) -> String {
    match constant.strip_prefix("CM_") {
        None if constant == "CM64" => "component-model-memory64".into(),
        None => constant.to_lowercase().replace('_', "-"),
        Some(rest) => format!("component-model-{}", rest.to_lowercase().replace('_', "-")),
    }
}

/// The begin of a name that may be long.
fn cut(name: &str) -> String {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{EngineSettings, Pooling};
    use served::Answer;

    fn described(text: &str) -> Description {
        let settings = EngineSettings { pooling: Pooling::Off, ..EngineSettings::default() };
        Engine::new(&settings).unwrap().inspect(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_file_is_run_as_what_it_is() {
        let cases = [
            ("(component)", "component", Some("component")),
            (r#"(module (func (export "_start")))"#, "core module", Some("command")),
            (r#"(module (func (export "add")))"#, "core module", Some("library")),
            (r#"(module (import "env" "add" (func)) (func (export "_start")))"#, "core module", Some("library")),
            (r#"(module (@custom "component-type:broken" "x"))"#, "core module", None),
        ];
        for (text, form, runs_as) in cases {
            let found = described(text);
            assert_eq!((found.form, found.runs_as), (form, runs_as), "{text}");
            assert_eq!(found.handler.is_none(), found.problem.is_some());
        }
    }

    #[test]
    fn imports_are_held_against_what_is_linked() {
        let answers = |text: &str| described(text).imports.iter().map(|import| import.answer).collect::<Vec<_>>();
        let random = |result| {
            answers(&format!(
                r#"(component (import "wasi:random/random@0.2.3" (instance (export "get-random-u64" (func (result {result})))))
                    (import "a:b/c" (instance (export "f" (func)))) (import "f" (func)) (import "m" (core module))
                    (import "spin:x/y" (instance (export "f" (func)))) (import "a:b/types" (instance)))"#
            ))
        };
        use Answer::{Host, Nobody, Object, Optional};
        assert_eq!(random("u64"), [Host, Object, Object, Nobody, Optional, Host]);
        assert_eq!(random("u32"), [Nobody, Object, Object, Nobody, Optional, Host]);
        let core = |ty| {
            answers(&format!(r#"(module (import "wasi_snapshot_preview1" "fd_close" (func {ty})) (func (export "_start")))"#))
        };
        assert_eq!(core("(param i32) (result i32)"), [Host]);
        assert_eq!(core("(param f32)"), [Nobody]);
    }

    #[test]
    fn versions_of_wasi_stand_in_their_order() {
        let versions = ["0.2.10", "0.2.9", "0.3.0-rc-2026-03-15", "0.2.9"];
        let imports: String =
            versions.iter().enumerate().map(|(at, version)| format!(r#"(import "wasi:x{at}/y@{version}" (instance))"#)).collect();
        let imports = ["cli", "io", "http", "random"]
            .iter()
            .enumerate()
            .fold(imports, |text, (at, name)| text.replace(&format!("x{at}"), name));
        assert_eq!(described(&format!("(component {imports})")).wasi, ["0.2.9", "0.2.10", "0.3.0-rc-2026-03-15"]);
    }

    #[test]
    fn features_have_the_names_that_an_app_switches_them_on_by() {
        let named: Vec<String> = WasmFeatures::all().iter_names().map(|(name, _)| feature_name(name)).collect();
        let known = features::names();
        let missing: Vec<_> = known.iter().filter(|name| !named.iter().any(|known| known == *name)).collect();
        // Hints change no validity.
        assert_eq!(missing, [&"branch-hinting"]);
    }
}
