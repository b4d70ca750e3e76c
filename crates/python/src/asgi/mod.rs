//! Apps that are answered in this process: requests come as ASGI's scopes, answers go back as its messages.
//!
//! The thread of the event loop runs a call for a moment, without the interpreter; then the call goes on on threads that never hold it,
//! and wakes its loop where there is something to send, or room for more of the request's body.

mod app;
mod bell;
mod call;
mod guest_lines;
mod messages;
mod scope;

pub(crate) use app::InProcess;
pub(crate) use call::Call;
pub(crate) use guest_lines::GuestLines;
