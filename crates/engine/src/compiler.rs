//! The compiler as a child process: whatever a stranger's file does to it, it does it there.
//!
//! The child gets the wasm as its standard input and gives the code as its standard output, both unnamed files; its last line on
//! standard error is its report. It has no other descriptor, no environment but the settings', neither the cache nor its key. Its
//! limits are its own to set; the time is held here as well.

use crate::compile::Wanted;
use crate::engine::EngineSettings;
use crate::error::{Code, Problem};
use crate::runtime::Tasks;
use crate::translate::Translated;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::env::VarError;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// The variable with the [`Start`] of a guest that is to be kept as it is after it.
const START: &str = "ATOLL_COMPILER_START";
/// What the child may say before it is no longer listened to.
const MOST_WORDS: u64 = 1 << 20;
/// Characters of a problem: it may quote names of any length.
const LONGEST_MESSAGE: usize = 16_000;

/// How the child is started, the part `compiler` of the engine's settings.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct CompilerSettings {
    /// Program and arguments; the job, a JSON object, comes behind them.
    pub argv: Vec<String>,
    /// The child's whole environment.
    pub env: BTreeMap<String, String>,
    pub timeout_ms: u64,
    pub memory_bytes: u64,
}

/// What the child is told.
#[derive(Debug, Deserialize, Serialize)]
pub struct Job {
    pub engine: EngineSettings,
    pub reused: bool,
    #[serde(default)]
    pub library: bool,
    #[serde(default)]
    pub adapted: bool,
    pub timeout_ms: u64,
    pub memory_bytes: u64,
    /// The process that waits for it.
    pub parent: u32,
}

/// What the child tells.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Report {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Told>,
}

/// A problem on its way from the child.
#[derive(Debug, Deserialize, Serialize)]
pub struct Told {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Job {
    /// What the guest is compiled for; its environment is a variable of this process's.
    pub fn wanted(&self) -> Result<Wanted, Problem> {
        let unreadable = |error: &dyn std::fmt::Display| failed(&format!("its environment cannot be read: {error}"));
        let start = match std::env::var(START) {
            Ok(start) => Some(serde_json::from_str(&start).map_err(|error| unreadable(&error))?),
            Err(VarError::NotPresent) => None,
            Err(error) => return Err(unreadable(&error)),
        };
        Ok(Wanted { reused: self.reused, library: self.library, adapted: self.adapted, start })
    }
}

impl Report {
    /// What became of a compilation.
    pub fn of(outcome: &Result<&'static str, Problem>) -> Self {
        match outcome {
            Ok(tasks) => Self { tasks: Some((*tasks).to_owned()), problem: None },
            Err(Problem { code, message, hint, key, value, .. }) => {
                let told = Told {
                    code: code.as_str().to_owned(),
                    message: message.chars().take(LONGEST_MESSAGE).collect(),
                    hint: hint.clone(),
                    key: key.clone(),
                    value: value.clone(),
                };
                Self { tasks: None, problem: Some(told) }
            }
        }
    }
}

/// Compile `wasm` in a child, for an engine with these settings.
pub(crate) fn translate(
    compiler: &CompilerSettings,
    engine: &EngineSettings,
    wasm: &[u8],
    wanted: &Wanted,
) -> Result<Translated, Problem> {
    let unstarted = |error: std::io::Error| failed(&format!("it cannot be started: {error}"));
    let mut code = tempfile::tempfile().map_err(unstarted)?;
    let mut child = start(compiler, engine, wasm, wanted, &code).map_err(unstarted)?;
    let (words, in_time) = child
        .stderr
        .take()
        .map_or_else(Default::default, |stderr| listen(&mut child, stderr, Duration::from_millis(compiler.timeout_ms)));
    // It has closed its standard error: it has ended, or will not say more. A status that stands already does not change.
    let _ = child.kill();
    let status = child.wait().map_err(unstarted)?;
    if !in_time {
        return Err(too_slow(compiler));
    }
    let report = words.lines().next_back().and_then(|line| serde_json::from_str::<Report>(line).ok());
    let Some(tasks) = told(report, compiler)? else { return Err(ended(status, &words, compiler)) };
    let mut bytes = Vec::new();
    code.rewind()
        .and_then(|()| code.read_to_end(&mut bytes))
        .map_err(|error| failed(&format!("its code cannot be read: {error}")))?;
    Ok(Translated { tasks, code: bytes })
}

fn start(
    compiler: &CompilerSettings,
    engine: &EngineSettings,
    wasm: &[u8],
    wanted: &Wanted,
    code: &File,
) -> std::io::Result<Child> {
    let mut input = tempfile::tempfile()?;
    input.write_all(wasm)?;
    input.rewind()?;
    let job = Job {
        engine: EngineSettings { compiler: None, cache_dir: None, ..engine.clone() },
        reused: wanted.reused,
        library: wanted.library,
        adapted: wanted.adapted,
        timeout_ms: compiler.timeout_ms,
        memory_bytes: compiler.memory_bytes,
        parent: std::process::id(),
    };
    let (program, arguments) =
        compiler.argv.split_first().ok_or_else(|| std::io::Error::other("the settings name no program"))?;
    Command::new(program)
        .args(arguments)
        .arg(serde_json::to_string(&job)?)
        .env_clear()
        .envs(&compiler.env)
        // It may hold secrets, which a command line would show to everybody.
        .envs(wanted.start.as_ref().map(serde_json::to_string).transpose()?.map(|start| (START, start)))
        .stdin(input)
        .stdout(code.try_clone()?)
        .stderr(Stdio::piped())
        // The terminal's Ctrl-C is for its parent, with which it dies.
        .process_group(0)
        .spawn()
}

/// What the child says until it closes its standard error, and whether it did so in time.
fn listen(child: &mut Child, stderr: ChildStderr, limit: Duration) -> (String, bool) {
    let (said, hears) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut words = Vec::new();
            // What was heard before an error counts.
            let _ = stderr.take(MOST_WORDS).read_to_end(&mut words);
            let _ = said.send(words);
        });
        let (words, in_time) = match hears.recv_timeout(limit) {
            Ok(words) => (words, true),
            Err(_) => {
                let _ = child.kill();
                (hears.recv().unwrap_or_default(), false)
            }
        };
        (String::from_utf8_lossy(&words).into_owned(), in_time)
    })
}

fn told(report: Option<Report>, compiler: &CompilerSettings) -> Result<Option<Tasks>, Problem> {
    match report {
        None => Ok(None),
        Some(Report { problem: Some(told), .. }) => Err(problem(told, compiler)),
        Some(Report { tasks, .. }) => Ok(tasks.as_deref().and_then(Tasks::named)),
    }
}

fn problem(told: Told, compiler: &CompilerSettings) -> Problem {
    match Code::ALL.iter().copied().find(|code| code.as_str() == told.code) {
        Some(Code::LimitCompileMemory) => too_large(compiler),
        Some(code) => {
            let Told { message, hint, key, value, .. } = told;
            Problem { hint, key, value, ..Problem::new(code, message) }
        }
        None => failed(&told.message),
    }
}

/// A child that ended without a report.
fn ended(status: ExitStatus, words: &str, compiler: &CompilerSettings) -> Problem {
    const MEMORY: [&str; 4] = ["memory allocation of", "MemoryError", "Cannot allocate memory", "cannot allocate memory"];
    if status.signal() == Some(libc::SIGXCPU) {
        return too_slow(compiler);
    }
    if MEMORY.iter().any(|sign| words.contains(sign)) {
        return too_large(compiler);
    }
    let last = words.lines().next_back().map_or_else(String::new, |line| format!(": {line}"));
    match status.signal() {
        Some(libc::SIGKILL) => failed("it was killed (SIGKILL), by hand or because the machine's memory ran out"),
        Some(signal) => failed(&format!("it was killed by signal {signal}{last}")),
        None => failed(&format!("it ended with exit code {}{last}", status.code().unwrap_or_default())),
    }
}

fn too_slow(compiler: &CompilerSettings) -> Problem {
    let seconds = Duration::from_millis(compiler.timeout_ms).as_secs_f64();
    Problem::new(Code::LimitCompileTime, format!("compiling the guest took longer than {seconds} s and was stopped"))
        .hint("`--compile-timeout` raises the limit; a smaller guest compiles faster")
}

fn too_large(compiler: &CompilerSettings) -> Problem {
    let bytes = compiler.memory_bytes;
    Problem::new(Code::LimitCompileMemory, format!("compiling the guest took more than {bytes} bytes of memory and was stopped"))
        .hint("`--compile-memory` raises the limit; a smaller guest needs less")
}

/// End this process, the child, when `parent` does; at once if it already has.
pub fn die_with(parent: u32) {
    // SAFETY: both calls take plain numbers.
    let orphan = unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        u32::try_from(libc::getppid()) != Ok(parent)
    };
    if orphan {
        std::process::exit(1);
    }
}

/// The child did not do what it is for.
pub(crate) fn failed(why: &str) -> Problem {
    Problem::new(Code::CompilerFailed, format!("the compiler of the guest failed: {why}"))
        .hint("try again; if it happens again with memory to spare, report the guest's file")
}

/// Standard input or output of the child cannot be used.
pub fn unusable_stream(error: std::io::Error) -> Problem {
    let why = format!("its streams cannot be used: {error}");
    out_of_memory(&error.into()).unwrap_or_else(|| failed(&why))
}

/// The error as a problem of its own where it says that memory ran out.
pub(crate) fn out_of_memory(error: &wasmtime::Error) -> Option<Problem> {
    let system = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    let is = system == Some(std::io::ErrorKind::OutOfMemory) || error.is::<wasmtime::OutOfMemory>();
    is.then(|| Problem::new(Code::LimitCompileMemory, "compiling the guest took more memory than there is"))
}
