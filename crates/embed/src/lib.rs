//! Libraries in another program: components and modules whose exports are called from the program's own threads.
//!
//! [`Process`] is what all of them share, [`Library`] is one that is loaded, [`Instance`] is one sandbox of it. Whoever calls polls the
//! call itself, so that a call costs no change of threads.

mod call;
mod counted;
mod descriptors;
mod instance;
mod journal;
mod library;
mod process;
mod seat;
mod stop;
mod tasks;
mod turns;

pub use call::{Ended, Running, Sandboxed, call, open};
pub use instance::{Instance, What};
pub use journal::{Entry, Journal};
pub use library::{Document, Library};
pub use process::Process;
