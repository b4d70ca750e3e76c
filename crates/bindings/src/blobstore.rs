//! Containers of objects: `wasi:blobstore`, with the streams of `wasi:io` that the host links.

wasmtime::component::bindgen!({
    inline: "
        package atoll:rooms;

        world blobstore {
            import wasi:blobstore/types@0.2.0-draft;
            import wasi:blobstore/container@0.2.0-draft;
            import wasi:blobstore/blobstore@0.2.0-draft;
        }
    ",
    path: "../../wit/blobstore",
    with: { "wasi:io": wasmtime_wasi_io::bindings::wasi::io },
    imports: { default: async | tracing | trappable },
});
