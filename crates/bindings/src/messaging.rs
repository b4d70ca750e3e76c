//! Messages to topics, to be sent: WASI's draft, and the same under wasmCloud's name.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world messaging {
            import wasi:messaging/producer@0.2.0-draft;
            import wasi:messaging/request-reply@0.2.0-draft;
            import wasmcloud:messaging/producer@0.3.0;
            import wasmcloud:messaging/request-reply@0.3.0;
        }
    ",
    path: [
        "../../wit/wasmcloud/deps/messaging@0.2.0-draft",
        "../../wit/wasmcloud/deps/wasmcloud-messaging@0.3.0",
    ],
    imports: {
        "wasi:messaging/producer@0.2.0-draft.send": async | tracing | trappable,
        "wasi:messaging/request-reply@0.2.0-draft.request": async | tracing | trappable,
        "wasmcloud:messaging/producer@0.3.0.send": async | tracing | trappable,
        "wasmcloud:messaging/request-reply@0.3.0.request": async | tracing | trappable,
        default: tracing | trappable,
    },
});
