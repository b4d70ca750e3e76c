//! Ten thousand modules and components that no toolchain would make, from fixed seeds: each is refused with a coded problem, or it is
//! loaded, runs and ends within its limits. A guest that does harm becomes a file under `tests/cases/smith`.

use arbitrary::{Arbitrary, Unstructured};
use atoll_engine::call::command;
use atoll_engine::compile::Wanted;
use atoll_engine::engine::Pooling;
use atoll_engine::meter::Usage;
use atoll_engine::observe::Failure;
use atoll_engine::output::Silence;
use atoll_engine::sandbox::{Purpose, Settings};
use atoll_engine::wasi::Call;
use atoll_engine::{Code, Engine, EngineSettings, Grants, Limits, Reuse};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wasm_smith::{Component, Config, Module};
use wasmparser::{Validator, WasmFeatures};

const SEEDS: u64 = 10_000;
/// One in so many is a component; they are larger, and few of them have anything to call.
const COMPONENTS: u64 = 5;
const BYTES: usize = 1_024;
/// Of one guest, on a machine that does other things as well.
const LONGEST: Duration = Duration::from_secs(20);

/// The same bytes for the same seed, on every machine.
fn noise(seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; BYTES];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn config(seed: u64) -> Config {
    let start = wat::parse_str("(module (func (export \"_start\")))").unwrap();
    Config {
        exports: Some(start),
        max_imports: 0,
        min_funcs: 1,
        max_funcs: 12,
        max_instructions: 120,
        max_memories: 4,
        max_tables: 4,
        memory64_enabled: seed & 1 == 0,
        gc_enabled: seed & 2 == 0,
        exceptions_enabled: seed & 4 == 0,
        tail_call_enabled: true,
        threads_enabled: false,
        custom_page_sizes_enabled: false,
        wide_arithmetic_enabled: false,
        shared_everything_threads_enabled: false,
        reference_types_enabled: true,
        bulk_memory_enabled: true,
        simd_enabled: true,
        relaxed_simd_enabled: true,
        allow_start_export: true,
        ..Config::default()
    }
}

fn guest(seed: u64) -> Option<Vec<u8>> {
    let noise = noise(seed);
    let mut input = Unstructured::new(&noise);
    if seed.is_multiple_of(COMPONENTS) {
        return Component::arbitrary(&mut input).ok().map(|component| component.to_bytes());
    }
    Module::new(config(seed), &mut input).ok().map(|module| module.to_bytes())
}

/// What became of a guest, in one word.
fn outcome(engine: &Engine, runtime: &tokio::runtime::Runtime, wasm: &[u8]) -> &'static str {
    let compiled = match engine.compile(wasm, &Wanted::default()) {
        Ok(compiled) => compiled,
        Err(problem) => return problem.code.as_str(),
    };
    let limits = Limits { deadline_ms: 200, cpu_ms: 30, memory_bytes: 8 << 20, table_elements: 20_000, ..Limits::default() };
    let settings =
        Settings { id: "smith".into(), purpose: Purpose::Command, limits, reuse: Reuse::default(), grants: Grants::default() };
    let sandbox = match engine.load(&compiled, settings) {
        Ok(sandbox) => Arc::new(sandbox),
        Err(problems) => return problems.0.first().map_or("no problem", |problem| problem.code.as_str()),
    };
    let usage = Usage::new(sandbox.limits.clone(), Some(Instant::now() + Duration::from_millis(200)));
    let call = Call::logged(usage, Arc::new(Silence), 1);
    match runtime.block_on(command::run(sandbox, call, None)) {
        Ok(_) => "ran",
        Err(Failure { code, .. }) => code.as_str(),
    }
}

fn tried(next: &AtomicU64) -> BTreeMap<&'static str, u64> {
    let engine = Engine::new(&EngineSettings { pooling: Pooling::Off, ..EngineSettings::default() }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut outcomes = BTreeMap::new();
    loop {
        let seed = next.fetch_add(1, Relaxed);
        if seed >= SEEDS {
            return outcomes;
        }
        let started = Instant::now();
        let word = guest(seed).map_or("no guest", |wasm| outcome(&engine, &runtime, &wasm));
        assert!(started.elapsed() < LONGEST, "seed {seed} took {:?}", started.elapsed());
        assert!(word != Code::EngineFailed.as_str() && word != Code::CompilerFailed.as_str(), "seed {seed}: {word}");
        *outcomes.entry(word).or_default() += 1;
    }
}

#[test]
fn ten_thousand_guests_that_no_toolchain_made_run_or_are_refused() {
    let next = AtomicU64::new(0);
    let all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| tried(&next))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut outcomes = BTreeMap::new();
    for (word, count) in all.into_iter().flatten() {
        *outcomes.entry(word).or_insert(0) += count;
    }
    assert_eq!(outcomes.values().sum::<u64>(), SEEDS);
    let seen = |word: &str| outcomes.get(word).copied().unwrap_or_default();
    // The corpus must reach every step: else it would prove little.
    assert!(seen("ran") > SEEDS / 20, "{outcomes:?}");
    assert!(seen("guest-trapped") > SEEDS / 50, "{outcomes:?}");
    assert!(seen("no guest") < SEEDS / 2, "{outcomes:?}");
}

/// Each that is valid has a description, and a text that is it again.
fn described(next: &AtomicU64) {
    let engine = Engine::new(&EngineSettings { pooling: Pooling::Off, ..EngineSettings::default() }).unwrap();
    loop {
        let seed = next.fetch_add(1, Relaxed);
        if seed >= SEEDS {
            return;
        }
        let Some(wasm) = guest(seed) else { continue };
        let described = engine.inspect(&wasm);
        let is_valid = Validator::new_with_features(WasmFeatures::all()).validate_all(&wasm).is_ok();
        assert_eq!(described.is_ok(), is_valid, "seed {seed}: {described:?}");
        if !is_valid {
            continue;
        }
        let mut text = String::new();
        let printed = atoll_engine::guest::wat(&wasm, &mut |piece| {
            text.push_str(piece);
            Ok(())
        });
        assert!(printed.is_ok(), "seed {seed}: {printed:?}");
        let again = wat::parse_str(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(engine.inspect(&again).is_ok(), "seed {seed}");
    }
}

#[test]
fn each_of_them_is_described_and_printed() {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| described(&next));
        }
    });
}

#[test]
fn guests_that_once_did_harm_do_none() {
    let folder = Path::new("../../tests/cases/smith");
    let engine = Engine::new(&EngineSettings { pooling: Pooling::Off, ..EngineSettings::default() }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let words: Vec<_> = files.map(|file| outcome(&engine, &runtime, &std::fs::read(file).unwrap())).collect();
    assert!(!words.is_empty() && !words.contains(&Code::EngineFailed.as_str()), "{words:?}");
}
