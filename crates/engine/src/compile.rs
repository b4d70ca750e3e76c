//! From bytes to a guest that can be linked, through the cache.
//!
//! What a stranger wrote is parsed and compiled in a [child process](crate::compiler), where the settings name one; this process
//! looks at its digest, and at where its data lie, and loads what comes back.

use crate::ahead;
use crate::cache::{Cache, Key};
use crate::code::Code;
use crate::compiler;
use crate::donor::Shape;
use crate::engine::Engine;
use crate::error::Problem;
use crate::guest;
use crate::runtime::{Runtime, Tasks};
use crate::snapshot::Start;
use crate::translate::{Translated, translated};
use std::path::Path;
use wasmparser::Parser;

/// What a guest is compiled for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Its instances serve more than one request.
    pub reused: bool,
    /// Its exports are called by name: a core module stays one.
    pub library: bool,
    /// A command that is a core module becomes a component, as every other guest: only those can be recorded.
    pub adapted: bool,
    /// It is kept as it is after its start.
    pub start: Option<Start>,
}

impl Wanted {
    /// The digest of what the compiled code depends on.
    pub(crate) fn key(&self, wasm: &[u8]) -> Key {
        let start = self.start.as_ref().map(|start| format!("snapshot 1 {:?}", start.env)).unwrap_or_default();
        let library = if self.library { "library" } else { "" };
        let adapted = if self.adapted && Parser::is_core_wasm(wasm) { "adapted" } else { "" };
        let mut hasher = blake3::Hasher::new();
        for part in [guest::REVISION.as_bytes(), start.as_bytes(), library.as_bytes(), adapted.as_bytes(), wasm] {
            hasher.update(part);
        }
        hasher.finalize()
    }
}

/// A compiled guest and whether it came from the cache.
pub struct Compiled {
    pub(crate) code: Code,
    pub(crate) tasks: Tasks,
    pub cached: bool,
}

impl Compiled {
    /// Whether its instances can have several calls at once.
    pub fn has_tasks(&self) -> bool {
        self.tasks == Tasks::Many
    }

    /// Whether it is a component that asks nothing of anybody.
    pub fn imports_nothing(&self) -> bool {
        match &self.code {
            Code::Component(component) => component.component_type().imports(component.engine()).len() == 0,
            Code::Module(_) => false,
        }
    }
}

impl Engine {
    /// Compile `wasm` (a component or a core module, binary or text) as `wanted`, or take its code from the cache.
    pub fn compile(&self, wasm: &[u8], wanted: &Wanted) -> Result<Compiled, Problem> {
        let key = wanted.key(wasm);
        if let Some(found) = self.cached(&key, wanted.reused)? {
            return Ok(found);
        }
        let shape = if wanted.start.is_none() && self.settings().cache_dir.is_some() { Shape::of(wasm) } else { None };
        let donor = shape.as_ref().map(|shape| wanted.key(&[b"donor 2", &shape.digest()[..]].concat()));
        if let (Some(shape), Some(donor)) = (&shape, &donor)
            && let Some(found) = self.given(&key, donor, shape, wanted.reused)?
        {
            return Ok(found);
        }
        if self.settings().never_compile {
            return Err(ahead::absent("this server never compiles"));
        }
        let Translated { tasks, code } =
            translated(self.settings(), wasm, wanted, |tasks| Ok(self.runtime(tasks)?.wasmtime.clone()))?;
        let runtime = self.runtime(tasks)?;
        let adopted = runtime.adopt(&key, &code)?;
        if let (Some(shape), Some(donor), Some(cache)) = (&shape, &donor, &runtime.cache) {
            shape.find(&code).map(|places| cache.point(donor, &key, &places));
        }
        Ok(Compiled { code: adopted, tasks, cached: false })
    }

    /// Code of another component, with this one's data.
    fn given(&self, key: &Key, donor: &Key, shape: &Shape, reused: bool) -> Result<Option<Compiled>, Problem> {
        let one = if reused { None } else { self.runtime(Tasks::One)?.cache.as_ref() };
        for (tasks, cache) in [(Tasks::One, one), (Tasks::Many, self.many_cache()?)] {
            if let Some((mut code, places)) = cache.and_then(|cache| cache.pointed(donor))
                && shape.put(&mut code, &places).is_some()
            {
                return Ok(Some(Compiled { code: self.runtime(tasks)?.adopt(key, &code)?, tasks, cached: false }));
            }
        }
        Ok(None)
    }

    fn cached(&self, key: &Key, reused: bool) -> Result<Option<Compiled>, Problem> {
        if !reused && let Some(code) = self.runtime(Tasks::One)?.cached(key) {
            return Ok(Some(Compiled { code, tasks: Tasks::One, cached: true }));
        }
        // The second runtime is made for guests that need it, not to look for them.
        let Some(path) = self.many_cache()?.and_then(|cache| cache.find(key)) else { return Ok(None) };
        let code = self.runtime(Tasks::Many)?.load_file(&path);
        Ok(code.map(|code| Compiled { code, tasks: Tasks::Many, cached: true }))
    }
}

impl Runtime {
    fn cached(&self, key: &Key) -> Option<Code> {
        self.load_file(&self.cache.as_ref()?.find(key)?)
    }

    /// Load code that this host has just made, and keep it for the next time.
    fn adopt(&self, key: &Key, code: &[u8]) -> Result<Code, Problem> {
        // A cache that cannot be written costs time, not the app.
        let kept = self.cache.as_ref().and_then(|cache: &Cache| cache.store(key, code).ok());
        match kept.and_then(|path| self.load_file(&path)) {
            Some(code) => Ok(code),
            None => self.load_bytes(code),
        }
    }

    fn load_file(&self, path: &Path) -> Option<Code> {
        // SAFETY: this host wrote the file, as the cache has just shown, or now; nobody else can write to its directory.
        unsafe { Code::load_file(&self.wasmtime, path) }
    }

    fn load_bytes(&self, code: &[u8]) -> Result<Code, Problem> {
        // SAFETY: the bytes come from our own compiler, over descriptors that nobody else has.
        let loaded = unsafe { Code::load(&self.wasmtime, code) };
        // Where it does not load, it is right, but this engine's pool has no place for what it declares.
        loaded.ok_or_else(|| compiler::failed("it returned no code"))?.map_err(|error| guest::invalid(&format!("{error:#}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{EngineSettings, Pooling};
    use crate::translate::translate;

    const ONE: &[u8] = b"(component (core module (func)))";
    const MANY: &[u8] = b"(component (import \"later\" (func async)))";
    const COMMAND: &[u8] = b"(module (func (export \"_start\")))";

    fn settings(dir: &Path) -> EngineSettings {
        EngineSettings { cache_dir: Some(dir.to_owned()), ..EngineSettings::default() }
    }

    #[test]
    fn code_of_an_engine_without_a_pool_is_that_of_one_with_it() {
        let settings = EngineSettings { pooling: Pooling::Auto, ..EngineSettings::default() };
        let engine = Engine::new(&settings).unwrap();
        for (wasm, kind) in [(ONE, Tasks::One), (MANY, Tasks::Many), (COMMAND, Tasks::One)] {
            let (tasks, code) = translate(&settings, wasm, &Wanted::default()).unwrap();
            assert_eq!(tasks, kind.as_str());
            assert!(engine.runtime(kind).unwrap().adopt(&blake3::hash(b"key"), &code).is_ok());
        }
    }

    #[test]
    fn what_was_compiled_once_is_taken_from_the_cache_whatever_it_is() {
        let dir = tempfile::tempdir().unwrap();
        for cached in [false, true] {
            for (wasm, reused) in [(ONE, false), (ONE, true), (MANY, false), (COMMAND, false)] {
                let engine = Engine::new(&settings(dir.path())).unwrap();
                assert_eq!(engine.compile(wasm, &Wanted { reused, ..Wanted::default() }).unwrap().cached, cached);
            }
        }
    }

    #[test]
    fn code_of_a_component_with_other_data_is_taken_with_these() {
        let large = |word: &str| {
            let text = format!("(component (core module (memory 20) (data (i32.const 0) \"{}\")))", word.repeat(1 << 18));
            wat::parse_str(text).unwrap()
        };
        let dir = tempfile::tempdir().unwrap();
        let count = || std::fs::read_dir(dir.path()).unwrap().count();
        let engine = Engine::new(&settings(dir.path())).unwrap();
        for (word, cached, files) in [("abcde", false, 5), ("fghij", false, 7), ("fghij", true, 7)] {
            assert_eq!(engine.compile(&large(word), &Wanted::default()).unwrap().cached, cached);
            // A key, then code and seal each, and once of the pointer to the code that is taken.
            assert_eq!(count(), files);
        }
    }

    #[test]
    fn a_cache_that_cannot_be_written_costs_time_and_not_the_app() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::new(&settings(dir.path())).unwrap();
        std::fs::remove_dir_all(dir.path()).unwrap();
        assert!(!engine.compile(ONE, &Wanted::default()).unwrap().cached);
    }

    #[test]
    fn bytes_that_are_no_code_are_never_loaded() {
        let engine = Engine::new(&EngineSettings::default()).unwrap();
        let problem = engine.runtime(Tasks::One).unwrap().adopt(&blake3::hash(b"key"), b"nothing").err().unwrap();
        assert_eq!(problem.code, crate::error::Code::CompilerFailed);
    }
}
