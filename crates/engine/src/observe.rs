//! How a call ended, for the logs: the limit that killed it, or a stack with function, file and line.

use crate::error::Code;
use crate::frames::{Frame, frames};
use crate::limits::Exceeded;
use crate::meter::Usage;
use std::fmt;
use std::time::Duration;
use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

/// Why a call did not end well.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Failure {
    pub code: Code,
    /// One sentence; for a limit also its value and key.
    pub message: String,
    /// Innermost frame first.
    pub stack: Vec<Frame>,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), stack: Vec::new() }
    }

    pub fn no_response() -> Self {
        Self::new(Code::GuestNoResponse, "the guest ended without a response")
    }

    pub fn exceeded(limit: Exceeded, usage: &Usage) -> Self {
        Self::new(limit.code(), limit.explain(usage.limits()))
    }

    /// What `error`, which ended a run, tells.
    pub fn of(error: &wasmtime::Error, usage: &Usage) -> Self {
        let stack = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
        let root = error.root_cause().to_string();
        if root.contains("fuel allocated for hostcalls") {
            usage.exceed(Exceeded::HostCallBytes);
        }
        if error.downcast_ref::<Trap>() == Some(&Trap::OutOfFuel) {
            usage.exceed(Exceeded::Fuel);
        }
        if let Some(ResourceTableError::Full) = error.downcast_ref() {
            usage.exceed(Exceeded::Handles);
        }
        if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
            return Self::new(Code::LimitConcurrency, format!("the pool of this process is exhausted: {root}"));
        }
        let (code, message) = match (usage.exceeded(), is_interrupt(error)) {
            (
                Some(
                    limit @ (Exceeded::Deadline
                    | Exceeded::Cpu
                    | Exceeded::Handles
                    | Exceeded::HostCallBytes
                    | Exceeded::ResponseBytes
                    | Exceeded::Fuel),
                ),
                _,
            ) => (limit.code(), limit.explain(usage.limits())),
            (Some(limit), _) => (limit.code(), format!("{}; the guest then trapped: {root}", limit.explain(usage.limits()))),
            (None, true) => (Code::GuestTrapped, "the guest was interrupted".to_owned()),
            (None, false) => (Code::GuestTrapped, format!("the guest trapped: {root}")),
        };
        Self { code, message, stack }
    }
}

fn is_interrupt(error: &wasmtime::Error) -> bool {
    error.downcast_ref::<Trap>() == Some(&Trap::Interrupt)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code.as_str())?;
        for (depth, frame) in self.stack.iter().enumerate() {
            write!(f, "\n  {depth}: {frame}")?;
        }
        Ok(())
    }
}

/// How a call ended and what it used.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub component: &'a str,
    pub request: u64,
    /// None where the call ended well.
    pub failure: Option<&'a Failure>,
    /// The caller left before the end.
    pub cancelled: bool,
    pub cpu: Duration,
    /// The most bytes that all linear memories held at once.
    pub peak_memory: u64,
}

/// Hears of each call's end.
pub trait Observer: Send + Sync {
    fn ended(&self, outcome: &Outcome<'_>);
}
