//! WAGI: a request as arguments and environment of a command, its standard output as the response (RFC 3875, as Spin
//! reads it).
//!
//! Safer than Spin: `CONTENT_TYPE` is the request's; no header of a client becomes `HTTP_PROXY` (which many HTTP clients
//! obey); a header name with an underscore cannot pose as one with a hyphen.

mod request;
mod response;

pub use request::{Request, arguments, environment};
pub use response::{Response, respond};

/// The arguments of a command whose trigger names none.
pub const DEFAULT_ARGV: &str = "${SCRIPT_NAME} ${ARGS}";
