"""The smallest providers: what a store is, and nothing else."""

from collections.abc import AsyncIterator, Iterator
from threading import Lock
from typing import ClassVar

from msgspec import Struct

from atoll.capabilities.key_value.counting import added
from atoll.capabilities.provider import Place


class MemoryConfig(Struct, forbid_unknown_fields=True):
    """It has no keys."""


class Memory:
    """A store in a dict."""

    Config: ClassVar[type[Struct]] = MemoryConfig

    def __init__(self, config: MemoryConfig, place: Place) -> None:
        self._values: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        return self._values.get(key)

    def set(self, key: str, value: bytes) -> None:
        self._values[key] = value

    def delete(self, key: str) -> None:
        self._values.pop(key, None)

    def exists(self, key: str) -> bool:
        return key in self._values

    def keys(self) -> Iterator[list[str]]:
        keys = list(self._values)
        return (keys[start : start + 1000] for start in range(0, len(keys), 1000))

    def get_many(self, keys: list[str]) -> list[bytes | None]:
        return [self._values.get(key) for key in keys]

    def set_many(self, items: list[tuple[str, bytes]]) -> None:
        self._values.update(items)

    def delete_many(self, keys: list[str]) -> None:
        for key in keys:
            self._values.pop(key, None)

    def increment(self, key: str, delta: int) -> int:
        with self._lock:
            total = added(self._values.get(key), delta)
            self._values[key] = b"%d" % total
            return total

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        with self._lock:
            if self._values.get(key) != expected:
                return False
            self._values[key] = value
            return True


class AwaitedMemory:
    """The same with `async def`."""

    Config: ClassVar[type[Struct]] = MemoryConfig

    def __init__(self, config: MemoryConfig, place: Place) -> None:
        self.held = Memory(config, place)

    async def get(self, key: str) -> bytes | None:
        return self.held.get(key)

    async def set(self, key: str, value: bytes) -> None:
        self.held.set(key, value)

    async def delete(self, key: str) -> None:
        self.held.delete(key)

    async def exists(self, key: str) -> bool:
        return self.held.exists(key)

    async def keys(self) -> AsyncIterator[list[str]]:
        for page in self.held.keys():  # noqa: SIM118 - it is no dict
            yield page

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        return self.held.get_many(keys)

    async def set_many(self, items: list[tuple[str, bytes]]) -> None:
        self.held.set_many(items)

    async def delete_many(self, keys: list[str]) -> None:
        self.held.delete_many(keys)

    async def increment(self, key: str, delta: int) -> int:
        return self.held.increment(key, delta)

    async def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        return self.held.swap(key, expected, value)
