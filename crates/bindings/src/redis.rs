//! Redis, to be called: Spin's interface in three versions.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world redis {
            import fermyon:spin/redis;
            import fermyon:spin/redis@2.0.0;
            import spin:redis/redis@3.0.0;
        }
    ",
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-redis@3.0.0",
    ],
    imports: { default: async | tracing | trappable },
});
