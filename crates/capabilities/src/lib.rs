//! What a guest may be granted, one module a room.

pub mod answer;
mod database;
pub mod key_value;
pub mod mqtt;
pub mod network;
pub mod outbound;
pub mod outbound_http;
pub mod redis;
pub mod rooms;
mod stream;
mod table;
pub mod variables;
