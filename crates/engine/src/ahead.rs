//! Guests that are compiled before they are needed, here or on another machine, and taken into the cache of the one that runs them.
//!
//! Machine code is run as it is: whoever hands it over must know who made it. That is for the caller to see; here it is only looked
//! at whether an engine can load it.

use crate::cache::{Cache, Key};
use crate::code::Code;
use crate::compile::Wanted;
use crate::engine::EngineSettings;
use crate::error::Code::{CodeUnfit, CompilerAbsent};
use crate::error::Problem;
use crate::runtime::{self, Tasks};
use crate::translate::{Translated, translated};

/// Machine code under the name that a cache has it by.
pub struct Ahead {
    /// In hexadecimal.
    pub key: String,
    /// The kind of engine that it is for.
    pub tasks: String,
    pub code: Vec<u8>,
}

/// Compile `wasm` for engines with these settings, which may be of another target.
pub fn compile(settings: &EngineSettings, wasm: &[u8], wanted: &Wanted) -> Result<Ahead, Problem> {
    let Translated { tasks, code } = translated(settings, wasm, wanted, |tasks| runtime::on_demand(settings, tasks))?;
    Ok(Ahead { key: wanted.key(wasm).to_hex().to_string(), tasks: tasks.as_str().to_owned(), code })
}

/// Have the cache of engines with these settings hold this code; whether it did not.
pub fn adopt(settings: &EngineSettings, ahead: &Ahead) -> Result<bool, Problem> {
    let Some(dir) = &settings.cache_dir else {
        return Err(unfit(&"there is no cache to keep it in").hint("leave `--disable-cache` out"));
    };
    let tasks = Tasks::named(&ahead.tasks).ok_or_else(|| unfit(&format!("`{}` is no kind of engine", ahead.tasks)))?;
    let key = Key::from_hex(&ahead.key).map_err(|error| unfit(&error))?;
    let engine = runtime::on_demand(settings, tasks)?;
    let cache = Cache::open(dir, &engine)?;
    // SAFETY: the cache has just shown that this host wrote it.
    if cache.find(&key).is_some_and(|path| unsafe { Code::load_file(&engine, &path) }.is_some()) {
        return Ok(false);
    }
    loadable(&engine, &ahead.code)?;
    cache.store(&key, &ahead.code).map_err(|error| unfit(&format!("it cannot be kept: {error}")))?;
    Ok(true)
}

/// The guest is not among those that were compiled, and is not compiled here: why not.
pub(crate) fn absent(why: &str) -> Problem {
    Problem::new(CompilerAbsent, format!("its machine code is not here, and {why}"))
        .hint("compile the app as it is now, where there is a compiler: `atoll compile`, and name the result with --compiled")
}

fn loadable(engine: &wasmtime::Engine, code: &[u8]) -> Result<(), Problem> {
    // SAFETY: the caller knows who made it.
    let loaded = unsafe { Code::load(engine, code) };
    loaded.ok_or_else(|| unfit(&"it is no machine code"))?.map(drop).map_err(|error| unfit(&format!("{error:#}")))
}

fn unfit(why: &dyn std::fmt::Display) -> Problem {
    Problem::new(CodeUnfit, format!("code that was compiled ahead cannot be used: {why}"))
        .hint("compile it with this version of atoll, for this machine and with the same options")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::error::Code::TargetUnknown;

    const WASM: &[u8] = b"(component (core module (func)))";

    fn settings(dir: &std::path::Path) -> EngineSettings {
        EngineSettings { cache_dir: Some(dir.to_owned()), never_compile: true, ..EngineSettings::default() }
    }

    #[test]
    fn what_was_compiled_ahead_runs_where_nothing_is_compiled() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = Wanted::default();
        let refused = Engine::new(&settings(dir.path())).unwrap().compile(WASM, &wanted).err().unwrap();
        assert_eq!(refused.code, CompilerAbsent);
        let ahead = compile(&EngineSettings::default(), WASM, &wanted).unwrap();
        assert!(adopt(&settings(dir.path()), &ahead).unwrap());
        assert!(!adopt(&settings(dir.path()), &ahead).unwrap());
        assert!(Engine::new(&settings(dir.path())).unwrap().compile(WASM, &wanted).unwrap().cached);
    }

    #[test]
    fn code_for_another_machine_is_made_here_and_not_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let other = if cfg!(target_arch = "aarch64") { "x86_64-unknown-linux-gnu" } else { "aarch64-unknown-linux-gnu" };
        let foreign = EngineSettings { target: Some(other.to_owned()), ..EngineSettings::default() };
        let ahead = compile(&foreign, WASM, &Wanted::default()).unwrap();
        assert_eq!(adopt(&settings(dir.path()), &ahead).err().unwrap().code, CodeUnfit);
        let unknown = EngineSettings { target: Some("pdp11".to_owned()), ..EngineSettings::default() };
        assert_eq!(compile(&unknown, WASM, &Wanted::default()).err().unwrap().code, TargetUnknown);
    }

    #[test]
    fn what_is_no_code_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        for (key, tasks, code) in [("00", "one", WASM), (&"00".repeat(32)[..], "few", WASM), (&"00".repeat(32)[..], "one", WASM)]
        {
            let ahead = Ahead { key: key.to_owned(), tasks: tasks.to_owned(), code: code.to_vec() };
            assert_eq!(adopt(&settings(dir.path()), &ahead).err().unwrap().code, CodeUnfit);
        }
    }
}
