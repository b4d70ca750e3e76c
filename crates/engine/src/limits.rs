//! What one call of a component may use. Each limit is on by default, and each kill names its key.

use crate::error::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Limits of one call, as the locked app carries them (`metadata.atoll.limits`).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Wall time of a call from its admission, in milliseconds.
    pub deadline_ms: u64,
    /// CPU time of a call, in milliseconds.
    pub cpu_ms: u64,
    /// Bytes of all linear memories of a call together.
    pub memory_bytes: u64,
    /// Elements of all tables of a call together.
    pub table_elements: u64,
    /// Resources that the host keeps for a call at the same time: files, sockets, streams, headers and bodies.
    pub handles: u32,
    /// Bytes that the guest may hand to the host in one host call.
    pub host_call_bytes: u64,
    /// Bytes of a response body.
    pub response_bytes: u64,
    /// Bytes of one call that reach the logs, of each way there: standard output, standard error, `wasi:logging`, `wasi:otel`.
    pub log_bytes: u64,
    /// What a call may execute, in wasmtime's units; only where the engine counts them.
    #[serde(skip)]
    pub fuel: Option<u64>,
    /// Calls of this component that run at the same time.
    pub concurrency: u32,
    /// Calls of this component that wait for a permit.
    pub queue: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline_ms: 30_000,
            cpu_ms: 10_000,
            memory_bytes: 256 << 20,
            table_elements: 200_000,
            handles: 10_000,
            host_call_bytes: 128 << 20,
            response_bytes: 1 << 30,
            log_bytes: 1 << 20,
            fuel: None,
            concurrency: 256,
            queue: 512,
        }
    }
}

impl Limits {
    /// No limit may be zero, but for the queue.
    pub fn check(&self) -> Result<(), Problem> {
        let zero = [
            ("deadline", self.deadline_ms),
            ("cpu_time", self.cpu_ms),
            ("memory", self.memory_bytes),
            ("table_elements", self.table_elements),
            ("handles", u64::from(self.handles)),
            ("host_call_bytes", self.host_call_bytes),
            ("response_bytes", self.response_bytes),
            ("concurrency", u64::from(self.concurrency)),
        ]
        .into_iter()
        .find(|(_, value)| *value == 0);
        match zero {
            None => Ok(()),
            Some((key, _)) => Err(Problem::new(Code::LimitInvalid, format!("the limit `{key}` is 0, so no call could run"))
                .hint(format!("give `{key}` a positive value, or leave it out for its default"))
                .at(format!("tool.atoll.limits.{key}"), "0")),
        }
    }

    /// The share of one worker, where what is counted is divided among `workers` processes.
    pub fn share(mut self, workers: u32) -> Self {
        let share = |count: u32| count.div_ceil(workers.max(1));
        self.concurrency = share(self.concurrency);
        self.queue = share(self.queue);
        self
    }

    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// Whether an instance serves more than one call (`metadata.atoll.reuse`). By default it does not.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reuse {
    /// Requests that one instance serves before it is dropped.
    pub max_requests: u32,
    /// Requests that one instance serves at the same time (WASI 0.3 only; 0.2 always takes one at a time).
    pub concurrency: u32,
    /// How long an idle instance is kept, in milliseconds.
    pub idle_ms: u64,
}

impl Default for Reuse {
    fn default() -> Self {
        Self { max_requests: 1, concurrency: 1, idle_ms: 1_000 }
    }
}

impl Reuse {
    /// A fresh instance for each request.
    pub fn is_off(&self) -> bool {
        self.max_requests <= 1
    }
}

/// The limit that ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    Deadline,
    Cpu,
    Memory,
    Tables,
    Handles,
    HostCallBytes,
    ResponseBytes,
    Fuel,
}

impl Exceeded {
    pub fn code(self) -> Code {
        match self {
            Self::Deadline => Code::LimitDeadline,
            Self::Cpu => Code::LimitCpu,
            Self::Memory => Code::LimitMemory,
            Self::Tables => Code::LimitTables,
            Self::Handles => Code::LimitHandles,
            Self::HostCallBytes => Code::LimitHostCallBytes,
            Self::ResponseBytes => Code::LimitResponseBytes,
            Self::Fuel => Code::LimitFuel,
        }
    }

    /// The limit, its value and the key that raises it, as one sentence.
    pub fn explain(self, limits: &Limits) -> String {
        let (what, value, key) = match self {
            Self::Deadline => ("the deadline", format!("{} ms", limits.deadline_ms), "deadline"),
            Self::Cpu => ("the CPU time", format!("{} ms", limits.cpu_ms), "cpu_time"),
            Self::Memory => ("the memory limit", format!("{} bytes", limits.memory_bytes), "memory"),
            Self::Tables => ("the table limit", format!("{} elements", limits.table_elements), "table_elements"),
            Self::Handles => ("the handle limit", format!("{} resources", limits.handles), "handles"),
            Self::HostCallBytes => ("the host-call limit", format!("{} bytes", limits.host_call_bytes), "host_call_bytes"),
            Self::ResponseBytes => ("the response limit", format!("{} bytes", limits.response_bytes), "response_bytes"),
            Self::Fuel => ("the fuel limit", format!("{} units", limits.fuel.unwrap_or(0)), "fuel"),
        };
        format!("the call reached {what} of {value}; `tool.atoll.limits.{key}` raises it")
    }
}
