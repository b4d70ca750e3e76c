//! Coded problems: what is wrong, where, and what to do about it. The same codes stand in `atoll.errors`.

use serde::Serialize;
use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// Every code that the data plane can raise.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// All codes, in the order of this file.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The code as users read it.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)+ }
            }
        }
    };
}

codes! {
    /// A document from above does not have the shape of the border.
    LockedInvalid = "locked-invalid",
    /// The engine could not be set up on this machine.
    EngineFailed = "engine-failed",
    /// The code cache cannot be used.
    CacheUnusable = "cache-unusable",
    /// A wasm feature that wasmtime does not know.
    FeatureUnknown = "feature-unknown",
    /// A limit out of its range.
    LimitInvalid = "limit-invalid",
    /// The guest's file cannot be read.
    GuestUnreadable = "guest-unreadable",
    /// The bytes are no valid wasm, or use a feature that is off.
    GuestInvalid = "guest-invalid",
    /// A core module that cannot become a component.
    GuestNotComponent = "guest-not-component",
    /// No export that a trigger could call.
    GuestNoHandler = "guest-no-handler",
    /// Several exports that a trigger could call.
    GuestSeveralHandlers = "guest-several-handlers",
    /// An import that nobody provides.
    GuestImportUnknown = "guest-import-unknown",
    /// An import whose provider does not fit its types.
    ImportMismatched = "import-mismatched",
    /// Components that cannot be put together.
    CompositionInvalid = "composition-invalid",
    /// WIT that is not valid, or is not there.
    WitInvalid = "wit-invalid",
    /// A world that a WIT does not describe.
    WitWorldUnknown = "wit-world-unknown",
    /// A world that bindings cannot be made of.
    WitUnsupported = "wit-unsupported",
    /// A command where a library is needed.
    GuestNotLibrary = "guest-not-library",
    /// No command-line entry point.
    GuestNotCommand = "guest-not-command",
    /// A directory that cannot be mounted.
    FilesMountFailed = "files-mount-failed",
    /// An entry of `allowed_outbound_hosts` that is not in the grammar.
    AllowedHostInvalid = "allowed-host-invalid",
    /// A network of `block_networks` that is no CIDR.
    BlockedNetworkInvalid = "blocked-network-invalid",
    /// A route that cannot be matched.
    RouteInvalid = "route-invalid",
    /// A trigger that names no component or a wrong one.
    TriggerInvalid = "trigger-invalid",
    /// The listener's address is not available.
    ListenFailed = "listen-failed",
    /// The listener's certificate or key cannot be used.
    TlsInvalid = "tls-invalid",
    /// The log directory or a log file cannot be written.
    LogUnwritable = "log-unwritable",
    /// A recording that is none, or of another version.
    RecordingInvalid = "recording-invalid",
    /// The guest cannot be kept as it is after its start.
    GuestSnapshotFailed = "guest-snapshot-failed",
    /// A label that the app grants and nobody configured.
    LabelUnknown = "label-unknown",
    /// A capability's backend that cannot be opened.
    ProviderFailed = "provider-failed",
    /// The guest trapped.
    GuestTrapped = "guest-trapped",
    /// The guest returned without a response, or with one that cannot be sent.
    GuestNoResponse = "guest-no-response",
    /// A call of an instance that is there no more.
    InstanceEnded = "instance-ended",
    /// A call of an instance that waits for whoever calls it.
    InstanceBusy = "instance-busy",
    /// A call of what was loaded before the process forked.
    ProcessForked = "process-forked",
    /// The wall deadline of a call passed.
    LimitDeadline = "limit-deadline",
    /// A call used up its CPU time.
    LimitCpu = "limit-cpu",
    /// A call's linear memories reached their total.
    LimitMemory = "limit-memory",
    /// A call's tables reached their total.
    LimitTables = "limit-tables",
    /// The handle limit.
    LimitHandles = "limit-handles",
    /// One host call carried too many bytes.
    LimitHostCallBytes = "limit-host-call-bytes",
    /// A call executed more than it may.
    LimitFuel = "limit-fuel",
    /// A response grew too large.
    LimitResponseBytes = "limit-response-bytes",
    /// A call wrote too much to its logs.
    LimitLogBytes = "limit-log-bytes",
    /// Too many calls at once: the queue is full.
    LimitConcurrency = "limit-concurrency",
    /// Compiling a guest took too long.
    LimitCompileTime = "limit-compile-time",
    /// Compiling a guest took too much memory.
    LimitCompileMemory = "limit-compile-memory",
    /// The compiler's process could not be started, or ended before it was done.
    CompilerFailed = "compiler-failed",
    /// A guest is not among those that were compiled ahead, and nothing is to be compiled.
    CompilerAbsent = "compiler-absent",
    /// Machine code cannot be made for the target.
    TargetUnknown = "target-unknown",
    /// Machine code that was compiled ahead is for another engine or machine.
    CodeUnfit = "code-unfit",
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong, with the place in the locked app that says so.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    pub code: Code,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Problem {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, component: None, key: None, value: None }
    }

    /// What to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The component whose manifest section is at fault.
    pub fn component(mut self, id: impl Into<String>) -> Self {
        self.component = Some(id.into());
        self
    }

    /// The manifest key, and its value as the user wrote it.
    pub fn at(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self.value = Some(value.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(component) = &self.component {
            write!(f, "component `{component}`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// All that is wrong, at once.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// `Ok` when there is none.
    pub fn into_result(self) -> Result<(), Problems> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Keep the value, or note the problem.
    pub fn take<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join("; "))
    }
}

impl std::error::Error for Problems {}
