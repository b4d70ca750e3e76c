//! Stores of keys and values: Spin's interface in three versions, and `wasi:keyvalue`.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world key-value {
            import fermyon:spin/key-value;
            import fermyon:spin/key-value@2.0.0;
            import spin:key-value/key-value@3.0.0;
            import wasi:keyvalue/store@0.2.0-draft2;
            import wasi:keyvalue/atomics@0.2.0-draft2;
            import wasi:keyvalue/batch@0.2.0-draft2;
        }
    ",
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-key-value@3.0.0",
        "../../wit/spin/deps/keyvalue-2024-10-17",
    ],
    imports: {
        "spin:key-value/key-value@3.0.0.[method]store.get-keys": async | store | tracing | trappable,
        "fermyon:spin/key-value.close": tracing | trappable,
        default: async | tracing | trappable,
    },
});
