//! Values of relational databases, which Spin's first interfaces of PostgreSQL and MySQL share.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world rdbms {
            import fermyon:spin/rdbms-types;
            import fermyon:spin/rdbms-types@2.0.0;
        }
    ",
    path: ["../../wit/spin/deps/spin@unversioned", "../../wit/spin/deps/spin@2.0.0"],
    imports: { default: async | tracing | trappable },
});
