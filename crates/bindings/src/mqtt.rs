//! MQTT, to publish: Spin's interface in two versions.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world mqtt {
            import fermyon:spin/mqtt@2.0.0;
            import spin:mqtt/mqtt@3.0.0;
        }
    ",
    path: ["../../wit/spin/deps/spin@2.0.0", "../../wit/spin/deps/spin-mqtt@3.0.0"],
    imports: { default: async | tracing | trappable },
});
