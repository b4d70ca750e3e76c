//! The HTTP listener: accept, route, request, response, static answers, drain.

mod accept;
pub mod access;
pub mod answer;
pub mod app;
pub mod apps;
mod coding;
pub mod command;
mod compress;
mod connection;
pub mod dispatch;
pub mod listener;
pub mod locked;
mod logfile;
pub mod logs;
pub mod metrics;
mod neighbours;
pub mod observed;
pub mod observing;
mod protocol;
mod proxied;
pub mod settings;
mod socket;
pub mod telemetry;
pub mod tls;
mod traced;
mod vigil;
mod wagi;
