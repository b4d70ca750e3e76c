"""What a sandbox costs by itself, without a server around it, for benchmarks: the answers are JSON. How the data plane
reads an address, for tests.
"""

import msgspec

from atoll.host.core import calling
from atoll.host.settings import Engine


def address(text: str, scheme: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port that a grant is looked up by when a guest names this address; None if it is none.

    `scheme` is that of an address without one.
    """
    with calling() as core:
        read: tuple[str, str, int | None] | None = core.probe_address(text, scheme)
    return read


def calls(file: str, seconds: float, engine: Engine) -> str:
    """Call an HTTP handler of WASI 0.2, or a command, for so many seconds: `calls`, `median_us`, `p99_us`."""
    with calling() as core:
        measured: str = core.probe_calls(file, _json(engine), seconds)
    return measured


def live(file: str, count: int, engine: Engine) -> str:
    """Hold so many instances at once: `instances`, `bytes_each`, `pool`.

    Raises InternalError where the system has no room for them.
    """
    with calling() as core:
        measured: str = core.probe_live(file, _json(engine), count)
    return measured


def _json(engine: Engine) -> str:
    return msgspec.json.encode(engine).decode()
