"""The compiler's process: `python compiler.py JOB`, with wasm as its input and machine code as its output.

A guest may be made to make its compiler slow, large or wrong. So each is compiled in a process of its own, which takes
its limits before it reads a byte: time, memory, no core file, a low priority. It inherits no descriptor beyond its
three streams, and of the environment what Python needs to find this package. Its report is the last line of standard
error; `crates/engine/src/compiler.rs` waits for it.

The file is run by its path: importing the package around it would take longer than many a guest takes to compile.
"""

import importlib
import json
import os
import resource
import signal
import sys
from typing import Any

# CPython, the heaviest of the usual guests, takes 7 seconds on two cores (13 of CPU time) and 540 MiB.
TIMEOUT_MS = 120_000
MEMORY_BYTES = 2 << 30

_NICE = 5
# The parent waits on the clock. This ends a compiler that nobody waits for, even where every core compiles.
_SECONDS_OF_GRACE = 5
# Address space beside what is written to: the interpreter, the compiler's own code, what allocators only reserve.
_RESERVED = 4 << 30
_INHERITED = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "HOME", "LD_LIBRARY_PATH")


def argv() -> list[str]:
    """The command that starts this file; the job comes behind it. -P: no module of the app's folder shadows ours."""
    return [sys.executable, "-P", __file__]


def environment() -> dict[str, str]:
    """What of this process's environment the compiler gets."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # An allocator that reserves a gigabyte at once would use up a small limit with nothing.
    return kept | {"MIMALLOC_ARENA_EAGER_COMMIT": "0", "RUST_LIB_BACKTRACE": "0"}


def main() -> None:
    """Compile what comes on standard input. Raises nothing that the report does not say."""
    os.closerange(3, 1 << 16)
    job = json.loads(sys.argv[1])
    _limit(job["timeout_ms"], job["memory_bytes"])
    core: Any = importlib.import_module("atoll._core")
    report: str = core.translate(sys.argv[1])
    os.write(2, report.encode() + b"\n")
    # Freeing what the compiler used takes longer than leaving it to the kernel.
    os._exit(0)


def _limit(timeout_ms: int, memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.nice(_NICE)
    seconds = -(-timeout_ms // 1000) * (os.cpu_count() or 1) + _SECONDS_OF_GRACE
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_AS, memory_bytes + _RESERVED),
        (resource.RLIMIT_FSIZE, memory_bytes),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
