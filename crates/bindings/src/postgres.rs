//! PostgreSQL, to be asked: Spin's interface in all versions. 4.0 is a part of 4.1, so whoever imports it is given that.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world postgres {
            import fermyon:spin/postgres;
            import fermyon:spin/postgres@2.0.0;
            import spin:postgres/postgres@3.0.0;
            import spin:postgres/postgres@4.1.0;
            import spin:postgres/postgres@4.2.0;
        }
    ",
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-postgres@3.0.0",
        "../../wit/spin/deps/spin-postgres@4.1.0",
        "../../wit/spin/deps/spin-postgres@4.2.0",
    ],
    with: {
        "fermyon:spin/rdbms-types": crate::rdbms::fermyon::spin::rdbms_types,
        "fermyon:spin/rdbms-types@2.0.0": crate::rdbms::fermyon::spin2_0_0::rdbms_types,
    },
    imports: {
        "spin:postgres/postgres@4.2.0.[method]connection.query-async": async | store | tracing | trappable,
        default: async | tracing | trappable,
    },
});
