"""A key-value store in a Python object, as a package of its own would bring it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.packages import install

SLOW = "sleep"
"""The key whose value comes after 10 ms."""


@contextmanager
def installed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The path where the package is found, and the flags that make it the default store."""
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        config = Path(name) / "runtime.toml"
        config.write_text('[key_value_store.default]\ntype = "bench"\n')
        path = install(Path(name) / "packages", "key_value", {"bench": "tests.rooms.stores:Awaited"})
        yield path, ("--runtime-config-file", str(config))
