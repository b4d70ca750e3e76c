"""Addresses of servers that a guest names as URLs, as strict as the data plane's own reading of them.

The data plane decides by an address's host and port whether a guest may call it: what two parsers could read in two
ways is refused here.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_PLAIN = re.compile(r"[!-\[\]-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


@dataclass(frozen=True, repr=False, slots=True)
class Server:
    """Where to connect, and as whom. Its text has no credentials."""

    host: str
    port: int
    tls: bool
    username: str
    password: str

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Scheme(NamedTuple):
    """What the first word of an address says."""

    port: int
    tls: bool = False


class Parts(NamedTuple):
    """An address taken apart: path and query mean something else in each room."""

    server: Server
    path: str
    query: str | None
    """None where there is no question mark."""


def parse(text: str, schemes: dict[str, Scheme]) -> Parts:
    """The parts of an address of one of these schemes. Raises ValueError."""
    parts = urlsplit(text)
    host, port = parts.hostname or "", parts.port
    scheme = schemes.get(parts.scheme)
    whole = _PLAIN.fullmatch(text) and _HOST.fullmatch(host)
    if not whole or scheme is None or port == 0 or "#" in text:
        raise ValueError
    server = Server(
        host=host,
        port=scheme.port if port is None else port,
        tls=scheme.tls,
        username=unquote(parts.username or "", errors="strict"),
        password=unquote(parts.password or "", errors="strict"),
    )
    return Parts(server, parts.path, parts.query if "?" in text else None)
