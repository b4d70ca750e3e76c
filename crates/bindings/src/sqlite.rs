//! SQLite databases: Spin's interface in four versions.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world sqlite {
            import fermyon:spin/sqlite;
            import fermyon:spin/sqlite@2.0.0;
            import spin:sqlite/sqlite@3.0.0;
            import spin:sqlite/sqlite@3.1.0;
        }
    ",
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-sqlite@3.0.0",
        "../../wit/spin/deps/spin-sqlite@3.1.0",
    ],
    imports: {
        "fermyon:spin/sqlite.close": tracing | trappable,
        default: async | tracing | trappable,
    },
});
