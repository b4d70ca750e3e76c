//! Typed bindings of the platform's own WIT, and nothing else: slow to compile, rarely touched.

pub mod blobstore;
pub mod key_value;
pub mod llm;
pub mod logging;
pub mod messaging;
pub mod mqtt;
pub mod mysql;
pub mod otel;
pub mod postgres;
pub mod rdbms;
pub mod redis;
pub mod sqlite;
pub mod variables;

/// Every interface that `wit/` describes, with its version and a resource or function of it; whether it is linked is for the
/// linker to say.
pub const DESCRIBED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/interfaces.rs"));

/// `fermyon:spin/inbound-http`, the buffered handler of Spin 1.
pub mod spin_http {
    wasmtime::component::bindgen!({
        path: "wit/spin-http",
        world: "inbound",
        exports: { default: async },
    });
}
