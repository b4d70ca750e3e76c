//! One sandbox a call. A call takes the same steps whatever it is, each in a module of its own:
//! [`admit`] (permit and bounded queue) → [`instantiate`](sandbox) (from a pre-instance) → [`call`] under [`limits`] →
//! [`settle`] (response streamed, outcome recorded, instance dropped or kept).
//!
//! Nothing here knows a capability by name, opens a socket or touches Python.

pub mod admit;
pub mod ahead;
mod aside;
pub mod cache;
pub mod call;
mod code;
pub mod compile;
pub mod compiler;
pub mod counters;
mod donor;
pub mod engine;
pub mod error;
pub mod features;
pub mod forks;
pub mod frames;
pub mod guest;
pub mod histogram;
pub mod item;
pub mod limits;
pub mod link;
pub mod meter;
pub mod modules;
pub mod network;
pub mod observe;
pub mod output;
pub mod pool;
pub mod priority;
pub mod probe;
pub mod profile;
mod ready;
pub mod record;
pub mod recording;
pub mod refusal;
pub mod replay;
pub mod rooms;
mod runtime;
pub mod sandbox;
pub mod settle;
pub mod snapshot;
mod sockets;
pub mod stack;
pub mod state;
mod ticker;
pub mod trace;
pub mod translate;
pub mod wasi;

pub use engine::{Engine, EngineSettings};
pub use error::{Code, Problem, Problems};
pub use limits::{Limits, Reuse};
pub use rooms::{Granted, Import, Imported, Rooms};
pub use sandbox::{Handler, Sandbox};
pub use state::State;
pub use wasi::{Grants, Mount};

/// Bodies as they cross between the guest and the world.
pub use wasmtime_wasi_http::WasiBody as Body;
