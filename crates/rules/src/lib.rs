//! What the manifest's words mean, as pure functions: no I/O, no clock, no engine.
//!
//! * [`routes`][]: which component answers a path.
//! * [`headers`][]: the `spin-*` headers of a request, and which host it names.
//! * [`hosts`][]: `allowed_outbound_hosts`.
//! * [`networks`][]: addresses that no guest may reach.
//! * [`wagi`][]: a request as a CGI environment, standard output as a response.
//!
//! What happens once, when the app is loaded, reports all problems at once and in full; what happens per request
//! borrows from the request and allocates only what it must hand on.

pub mod headers;
pub mod hosts;
pub mod networks;
mod problem;
pub mod routes;
pub mod wagi;

pub use problem::Problem;
