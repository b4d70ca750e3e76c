//! What a guest may be granted, one module a room.

pub mod answer;
pub mod blobstore;
pub mod connections;
pub mod custom;
mod database;
pub mod key_value;
pub mod llm;
pub mod logging;
mod memory;
pub mod messaging;
pub mod mqtt;
pub mod mysql;
pub mod network;
pub mod otel;
pub mod outbound;
pub mod outbound_http;
pub mod postgres;
pub mod quota;
pub mod redis;
pub mod rooms;
mod shown;
pub mod sql;
pub mod sqlite;
mod stream;
mod table;
pub mod variables;
