"""The guests that are measured: what each answers, and what the servers must be told about it."""

from dataclasses import dataclass, replace
from pathlib import Path

BUILT = Path(__file__).resolve().parent.parent / "build" / "guests"


@dataclass(frozen=True, slots=True)
class Guest:
    """A component, most of them say `body` at `/`.

    `keys` are more lines of its table in atoll's manifest; `atoll` and `wasmtime` are the flags that make both servers
    treat its instances alike.
    """

    title: str
    name: str
    body: bytes = b""
    keys: str = ""
    folder: Path = BUILT
    atoll: tuple[str, ...] = ()
    wasmtime: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.wasm"


# Guests with a language runtime import the environment and files, which `wasmtime serve` only gives with this flag.
_WHOLE_WASI = ("-S", "cli")
# Unless told, `wasmtime serve` reuses an instance of WASI 0.3 for 128 requests, 16 at a time; atoll reuses none.
_FRESH = ("--max-instance-reuse-count", "1")
_REUSED = ("--max-instance-reuse-count", "128", "--max-instance-concurrent-reuse-count", "16")

C = Guest("C", "c-http", b"Hello from C\n")
RUST = Guest("Rust", "rust-http", b"Hello from Rust\n", wasmtime=_WHOLE_WASI)
GO = Guest("Go", "go-http", b"Hello from Go\n", wasmtime=_WHOLE_WASI)
GO_SNAPSHOT = replace(GO, title="Go, snapshot", keys="tool.atoll.snapshot = true\n")
PYTHON = Guest("Python p2", "python-http", b"Hello from Python\n", wasmtime=_WHOLE_WASI)
PYTHON_P3 = Guest("Python p3", "python-http-p3", b"Hello from Python 0.3\n", wasmtime=(*_WHOLE_WASI, *_FRESH))
JAVASCRIPT = Guest("JavaScript", "js-http", b"Hello from JavaScript\n", wasmtime=_WHOLE_WASI)

FRESH = (C, RUST, GO, GO_SNAPSHOT, PYTHON, PYTHON_P3, JAVASCRIPT)
REUSED = Guest(
    "Python p3, reused", "python-http-p3", b"Hello from Python 0.3\n", atoll=_REUSED, wasmtime=(*_WHOLE_WASI, *_REUSED)
)

# What the claims about other things than hello are made with.
NOTHING = Guest("wat, no HTTP", "wat-run-empty")
KITCHEN = Guest("Rust kitchen", "rust-kitchen")
ROOMS = Guest("Rust rooms", "rust-rooms")
STREAMER = Guest("Rust p3", "rust-http-p3")
LOOP = Guest("loop", "wat-spin")
FILL_LOOP = Guest("memory.fill", "wat-fill-loop")
START_LOOP = Guest("start function", "wat-start-loop")
HOST_CALL = Guest("host call", "rust-kitchen")

# Parts of compositions.
CALLS = Guest("Rust calls", "rust-calls")
CALLED = Guest("Rust called", "rust-called")
MIDDLEWARE = Guest("Rust middleware", "rust-middleware")

# Plugins, called from Python. Extism's are plug-ins of its own kind that do the same.
PLUGIN = Guest("C plugin", "c-plugin")
CALLING = Guest("C plugin, calling", "c-plugin-calling")
EXTISM = Guest("C plug-in", "extism-c")
EXTISM_CALLING = Guest("C plug-in, calling", "extism-c-calling")
EXTISM_PDK = Guest("Rust plug-in", "extism-rust")
