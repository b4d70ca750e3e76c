//! MySQL, to be asked: Spin's interface in all versions.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world mysql {
            import fermyon:spin/mysql;
            import fermyon:spin/mysql@2.0.0;
            import spin:mysql/mysql@3.0.0;
        }
    ",
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-mysql@3.0.0",
    ],
    with: {
        "fermyon:spin/rdbms-types": crate::rdbms::fermyon::spin::rdbms_types,
        "fermyon:spin/rdbms-types@2.0.0": crate::rdbms::fermyon::spin2_0_0::rdbms_types,
    },
    imports: {
        "spin:mysql/mysql@3.0.0.[method]connection.query": async | store | tracing | trappable,
        default: async | tracing | trappable,
    },
});
