"""A key-value store in memcached.

The methods are plain ones: the data plane calls them on threads of their own, each of which keeps a connection.
memcached is a cache: what it has no room for any more is gone, and a restart empties it.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import random
from typing import Annotated
from urllib.parse import quote, unquote

from msgspec import Struct
from pymemcache import MemcacheError, MemcacheUnexpectedCloseError, PooledClient

from atoll.capabilities.key_value import Other
from atoll.capabilities.key_value.counting import added
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc
from atoll.manifest.units import Unit, parse

_LONGEST = 250
_PAGE = 1000


class MemcachedConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The keys beside `type = "memcached"`."""

    host: Annotated[str, Doc("Where the server is.")] = "127.0.0.1"
    port: Annotated[int, Doc("Its port.")] = 11211
    timeout: Annotated[str, Doc("How long it may take to answer.")] = "5s"

    def __post_init__(self) -> None:
        parse(Unit.TIME, self.timeout)


class Memcached:
    """A store in one memcached server."""

    Config = MemcachedConfig

    def __init__(self, config: MemcachedConfig, place: Place) -> None:
        self._address = (config.host, config.port)
        self._timeout = parse(Unit.TIME, config.timeout) / 1000
        self._client = PooledClient(
            self._address, connect_timeout=self._timeout, timeout=self._timeout, no_delay=True, default_noreply=False
        )

    def get(self, key: str) -> bytes | None:
        with _told():
            value: bytes | None = self._client.get(_encoded(key))
            return value

    def set(self, key: str, value: bytes) -> None:
        with _told():
            self._client.set(_encoded(key), value)

    def delete(self, key: str) -> None:
        with _told():
            self._client.delete(_encoded(key))

    def exists(self, key: str) -> bool:
        return self.get(key) is not None

    def keys(self) -> Iterator[list[str]]:
        """As the server dumps them, line by line: only one page is in memory."""
        with _told(), socket.create_connection(self._address, self._timeout) as connection:
            page = []
            for encoded in _dumped(connection, time.monotonic() + self._timeout):
                key = unquote(encoded)
                # What others stored may be no encoding of ours; such a key cannot be asked for.
                if quote(key) == encoded:
                    page.append(key)
                if len(page) == _PAGE:
                    yield page
                    page = []
            if page:
                yield page

    def get_many(self, keys: list[str]) -> list[bytes | None]:
        encoded = [_encoded(key) for key in keys]
        with _told():
            found = self._client.get_many(encoded)
        return [found.get(key) for key in encoded]

    def set_many(self, items: list[tuple[str, bytes]]) -> None:
        for key, value in dict(items).items():
            self.set(key, value)

    def delete_many(self, keys: list[str]) -> None:
        for key in keys:
            self.delete(key)

    def increment(self, key: str, delta: int) -> int:
        # memcached's own `incr` knows no negative numbers.
        while True:
            with _told():
                value, version = self._client.gets(_encoded(key))
            total = added(value, delta)
            if self._write(key, version, b"%d" % total):
                return total
            time.sleep(random() * 0.01)

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        with _told():
            found, version = self._client.gets(_encoded(key))
        return found == expected and self._write(key, version, value)

    def close(self) -> None:
        self._client.close()

    def _write(self, key: str, version: bytes | None, value: bytes) -> bool:
        with _told():
            if version is None:
                return bool(self._client.add(_encoded(key), value))
            return bool(self._client.cas(_encoded(key), value, version))


def _encoded(key: str) -> str:
    """The key without the characters that end one in the protocol, percent-encoded as in a URL."""
    if not 0 < len(encoded := quote(key)) <= _LONGEST:
        raise Other(f"memcached takes keys of 1 to {_LONGEST} bytes, of which a special character takes three")
    return encoded


def _dumped(connection: socket.socket, deadline: float) -> Iterator[str]:
    # `hash` walks the table of keys. `all` walks lists whose order changes meanwhile, and misses keys.
    with connection.makefile("rwb") as lines:
        lines.write(b"lru_crawler metadump hash\r\n")
        lines.flush()
        for line in lines:
            if line.startswith(b"key="):
                # The dump percent-encodes what it prints.
                yield unquote(line[4 : line.index(b" ")].decode())
            elif line.startswith(b"END"):
                return
            elif line.startswith(b"BUSY") and time.monotonic() < deadline:
                time.sleep(0.02)
                lines.write(b"lru_crawler metadump hash\r\n")
                lines.flush()
            else:
                raise Other("memcached does not list its keys (is it busy, or without lru_crawler?)")
        raise ConnectionError


@contextmanager
def _told() -> Iterator[None]:
    """The client's errors in the words of the room."""
    try:
        yield
    except (OSError, MemcacheUnexpectedCloseError) as error:
        raise Other("memcached cannot be reached") from error
    except MemcacheError as error:
        if "too large" in str(error):
            raise Other("memcached takes values up to its item size, 1 MB unless it runs with another `-I`") from error
        raise Other(f"memcached refused the call: {error}") from error
