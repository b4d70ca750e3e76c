//! Language models: Spin's interface in two versions.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world llm {
            import fermyon:spin/llm;
            import fermyon:spin/llm@2.0.0;
        }
    ",
    path: ["../../wit/spin/deps/spin@unversioned", "../../wit/spin/deps/spin@2.0.0"],
    imports: { default: async | tracing | trappable },
});
