"""Addresses of Redis servers.

Options in the query, which the client library would obey (files, sockets, TLS off), are refused.
"""

import re
from dataclasses import asdict, dataclass
from functools import lru_cache

from atoll.capabilities import addresses
from atoll.capabilities.addresses import Scheme, Server
from atoll.capabilities.redis.provider import InvalidAddress

_SCHEMES = {"redis": Scheme(6379), "rediss": Scheme(6379, tls=True)}
_REMEMBERED = 64
"""Addresses: each call names one, and an app has few."""
_DATABASE = re.compile(r"/?|/[0-9]{1,9}")


@dataclass(frozen=True, repr=False, slots=True)
class Address(Server):
    """A server, and which of its databases to use."""

    database: int


@lru_cache(_REMEMBERED)
def parse(text: str) -> Address:
    """An address, or InvalidAddress, which does not say what it was."""
    try:
        server, path, query = addresses.parse(text, _SCHEMES)
        if query is not None or not _DATABASE.fullmatch(path):
            raise ValueError
    except ValueError:
        raise InvalidAddress("not an address like redis://host:6379/0") from None
    return Address(**asdict(server), database=int(path.removeprefix("/") or 0))
