//! Which component answers a path: Spin's routes, matched as Spin matches them.
//!
//! A route is text, `:name` (one path segment, or up to the next dot) and a last `*` or `/...` (the rest). The most
//! specific route wins; among equals the first. Paths are compared as they were sent, percent-encoded and
//! case-sensitive; slashes at either end do not count.
//!
//! Two answers differ from Spin's on purpose: a wildcard that is not last is refused when the app is loaded (Spin panics
//! when it is matched), and a dot that begins a path segment is text (Spin reads `/a/.b` as `/a.b`, and lets the order of the
//! manifest decide between `/.well-known/x` and `/...`).

mod found;
mod pattern;
mod route;
mod router;

pub use found::{Captures, Match};
pub use route::{Declared, Listing, Route};
pub use router::{Duplicate, Entry, Router};

/// The code of every problem with a route.
pub const ROUTE_INVALID: &str = "route-invalid";

/// Paths under this prefix are the host's own and never reach the routes.
pub const RESERVED_PREFIX: &str = "/.well-known/spin/";

pub(crate) use found::path_info;
