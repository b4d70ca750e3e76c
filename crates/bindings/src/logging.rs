//! Messages for the component's log, with a level and a context: `wasi:logging`.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world logging {
            import wasi:logging/logging@0.1.0-draft;
        }
    ",
    path: ["../../wit/wasmcloud/deps/logging@0.1.0-draft"],
});
