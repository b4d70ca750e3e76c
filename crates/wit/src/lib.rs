//! WIT, wherever it stands: folders, files, packages as wasm, and components.
//!
//! What is read here goes up as text and as the parser's own tree; what is made of it is decided above
//! (`python/atoll/packages/wit`).

mod go;
mod needs;
mod read;
mod target;
mod wrong;

pub use go::go;
pub use needs::{Needs, needs};
pub use read::Wit;
pub use target::{Differences, target};
