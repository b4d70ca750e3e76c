//! What a guest may be granted, one module a room.

pub mod network;
pub mod outbound_http;
