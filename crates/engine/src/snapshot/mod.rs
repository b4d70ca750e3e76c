//! A component as it is after its own initialisation: a runtime that starts slowly (Go's, say) starts once, when it is compiled.
//!
//! The component is instantiated as for a call, with its environment and nothing else; memories and globals are then read and
//! written into a new component, whose start functions are gone. What the guest drew at its start, random numbers above all, is the
//! same in each instance from then on: so it is done only where the manifest asks for it.

#[cfg(feature = "compiler")]
mod slim;
#[cfg(feature = "compiler")]
mod take;

#[cfg(feature = "compiler")]
pub(crate) use take::snapshot;

use crate::error::{Code, Problem};
use crate::limits::Limits;
use serde::{Deserialize, Serialize};

/// Under what a guest initialises itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Start {
    pub limits: Limits,
    pub env: Vec<(String, String)>,
}

/// The problem of a guest that has no snapshot, and why.
pub fn refused(why: &dyn std::fmt::Display) -> Problem {
    Problem::new(Code::GuestSnapshotFailed, format!("the guest cannot be kept as it is after its start: {why:#}"))
        .hint("remove `snapshot` from the component's `tool.atoll` table")
        .at("tool.atoll.snapshot", "true")
}
