"""A key-value store in a Python object, as a package of its own would bring it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MODULE = """\
import asyncio
from typing import ClassVar

from msgspec import Struct


class Config(Struct):
    pass


class Store:
    Config: ClassVar = Config

    def __init__(self, config, place):
        self.held = {}

    async def get(self, key):
        if key == "slow":
            await asyncio.sleep(0.01)
        return self.held.get(key, b"")

    async def set(self, key, value):
        self.held[key] = value

    async def delete(self, key):
        self.held.pop(key, None)

    async def exists(self, key):
        return key in self.held

    async def keys(self):
        yield list(self.held)

    async def get_many(self, keys):
        return [self.held.get(key) for key in keys]

    async def set_many(self, items):
        self.held.update(items)

    async def delete_many(self, keys):
        for key in keys:
            self.held.pop(key, None)

    async def increment(self, key, delta):
        self.held[key] = self.held.get(key, 0) + delta
        return self.held[key]

    async def swap(self, key, expected, value):
        same = self.held.get(key) == expected
        if same:
            self.held[key] = value
        return same
"""
_METADATA = "Metadata-Version: 2.1\nName: bench-store\nVersion: 1.0\n"
_ENTRY_POINTS = "[atoll.providers.key_value]\nbench = bench_store:Store\n"
_CONFIG = '[key_value_store.default]\ntype = "bench"\n'


@contextmanager
def installed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The folder where the package lies, and the flags that make it the default store."""
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        folder = Path(name)
        info = folder / "bench_store-1.0.dist-info"
        info.mkdir()
        (folder / "bench_store.py").write_text(_MODULE)
        (info / "METADATA").write_text(_METADATA)
        (info / "entry_points.txt").write_text(_ENTRY_POINTS)
        (folder / "runtime.toml").write_text(_CONFIG)
        yield name, ("--runtime-config-file", str(folder / "runtime.toml"))
