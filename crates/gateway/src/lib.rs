//! The HTTP listener: accept, route, request, response, static answers, drain.

pub mod access;
pub mod answer;
pub mod app;
pub mod command;
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
pub mod settings;
pub mod telemetry;
pub mod tls;
mod traced;
mod wagi;
