"""A key-value store in a dict."""

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, Self

from atoll.capabilities.key_value.counting import added
from atoll.testing.calls import shown

_PAGE = 1000

Contents = Mapping[str, bytes | str]
"""Values by key; text stands for its bytes in UTF-8."""


class Stored(dict[str, bytes]):
    """What a store holds: a dict that can be read and changed while guests use the store. Text becomes bytes."""

    def __init__(self, contents: Contents | None = None) -> None:
        super().__init__()
        self.update(contents or {})

    def __setitem__(self, key: str, value: bytes | str) -> None:
        super().__setitem__(_key(key), _bytes(key, value))

    def update(self, *contents: Any, **named: Any) -> None:
        """Put all of these, given as a dict takes them."""
        for key, value in dict(*contents, **named).items():
            self[key] = value

    def __ior__(self, contents: Any) -> Self:  # type: ignore[override, misc]
        self.update(contents)
        return self

    def setdefault(self, key: str, default: bytes | str = b"") -> bytes:
        """The value of the key; the default, once it is stored, where it has none."""
        if key not in self:
            self[key] = default
        return self[key]


class Store:
    """What guests ask: the protocol `atoll.capabilities.key_value.Store` over such a dict."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._changing = Lock()

    def get(self, key: str) -> bytes | None:
        """The value, or None."""
        return self._stored.get(key)

    def set(self, key: str, value: bytes) -> None:
        """Store it."""
        self._stored[key] = value

    def delete(self, key: str) -> None:
        """Remove it."""
        self._stored.pop(key, None)

    def exists(self, key: str) -> bool:
        """Whether it has a value."""
        return key in self._stored

    def keys(self) -> Iterator[list[str]]:
        """All keys."""
        return _Pages([*self._stored])

    def get_many(self, keys: list[str]) -> list[bytes | None]:
        """Their values."""
        return [self._stored.get(key) for key in keys]

    def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """Store all."""
        for key, value in items:
            self._stored[key] = value

    def delete_many(self, keys: list[str]) -> None:
        """Remove all."""
        for key in keys:
            self._stored.pop(key, None)

    def increment(self, key: str, delta: int) -> int:
        """Add to a number in decimal text. Raises Other where it is none."""
        with self._changing:
            total = added(self._stored.get(key), delta)
            self._stored[key] = b"%d" % total
            return total

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """Store it where the present one is as expected."""
        with self._changing:
            if self._stored.get(key) != expected:
                return False
            self._stored[key] = value
            return True


class _Pages(Iterator[list[str]]):
    """Keys, so many at a time; what is told of the call that gave them are all."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = keys
        self._pages = iter([keys[start : start + _PAGE] for start in range(0, len(keys), _PAGE)])

    def __next__(self) -> list[str]:
        return next(self._pages)

    def __repr__(self) -> str:
        return shown(self._keys)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of a store is a text; got {key!r}")
    return key


def _bytes(key: str, value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError(f"the value of the key {key!r} must be bytes or text; got {value!r}")
    return bytes(value)
