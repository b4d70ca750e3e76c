//! Values that an app asks for by name: Spin's interface in three versions, and `wasi:config`.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world variables {
            import fermyon:spin/config;
            import fermyon:spin/variables@2.0.0;
            import spin:variables/variables@3.0.0;
            import wasi:config/store@0.2.0-draft-2024-09-27;
        }
    ",
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-variables@3.0.0",
        "../../wit/spin/deps/wasi-runtime-config-2024-09-27",
    ],
    imports: { default: async | tracing | trappable },
});
