//! Typed bindings of the platform's own WIT, and nothing else: slow to compile, rarely touched.

/// `fermyon:spin/inbound-http`, the buffered handler of Spin 1.
pub mod spin_http {
    wasmtime::component::bindgen!({
        path: "wit/spin-http",
        world: "inbound",
        exports: { default: async },
    });
}
