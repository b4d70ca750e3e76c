//! A guest's own traces, metrics and logs: `wasi:otel`. What they are made of can be written as JSON.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world otel {
            import wasi:otel/tracing@0.2.0-rc.2;
            import wasi:otel/metrics@0.2.0-rc.2;
            import wasi:otel/logs@0.2.0-rc.2;
        }
    ",
    path: ["../../wit/spin/deps/io@0.2.0", "../../wit/spin/deps/clocks@0.2.0", "../../wit/spin/deps/otel@0.2.0-rc.2"],
    additional_derives: [serde::Serialize],
});

/// Of the flags there is one: whether the span is sampled.
impl serde::Serialize for wasi::otel::tracing::TraceFlags {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(self.contains(Self::SAMPLED))
    }
}
