"""Addresses of Redis servers, as strict as the data plane's own reading of them.

The data plane decides by an address's host and port whether a guest may call it. What two parsers could read in two
ways is refused here, and so are options in the query, which the client library would obey (files, sockets, TLS off).
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from atoll.capabilities.redis.provider import InvalidAddress

_SCHEMES = {"redis": False, "rediss": True}
_PLAIN = re.compile(r"[!-\[\]-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_DATABASE = re.compile(r"/?|/[0-9]{1,9}")


@dataclass(frozen=True, repr=False, slots=True)
class Address:
    """A server, and as whom to use which of its databases. Its text has no credentials."""

    host: str
    port: int
    tls: bool
    username: str
    password: str
    database: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(text: str) -> Address:
    """An address, or InvalidAddress, which does not say what it was."""
    try:
        parts = urlsplit(text)
        return _checked(text, parts, parts.port)
    except ValueError:
        raise InvalidAddress("not an address like redis://host:6379/0") from None


def _checked(text: str, parts: SplitResult, port: int | None) -> Address:
    host = parts.hostname or ""
    whole = _PLAIN.fullmatch(text) and _HOST.fullmatch(host) and _DATABASE.fullmatch(parts.path)
    if not whole or parts.scheme not in _SCHEMES or port == 0 or "?" in text or "#" in text:
        raise ValueError
    return Address(
        host=host,
        port=6379 if port is None else port,
        tls=_SCHEMES[parts.scheme],
        username=unquote(parts.username or "", errors="strict"),
        password=unquote(parts.password or "", errors="strict"),
        database=int(parts.path.removeprefix("/") or 0),
    )
