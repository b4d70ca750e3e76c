//! Typed bindings of the platform's own WIT, and nothing else: slow to compile, rarely touched.

pub mod key_value;
pub mod mqtt;
pub mod redis;
pub mod variables;

/// `fermyon:spin/inbound-http`, the buffered handler of Spin 1.
pub mod spin_http {
    wasmtime::component::bindgen!({
        path: "wit/spin-http",
        world: "inbound",
        exports: { default: async },
    });
}
