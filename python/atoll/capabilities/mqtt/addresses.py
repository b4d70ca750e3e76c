"""Addresses of MQTT brokers, as strict as the data plane's own reading of them.

The data plane decides by an address's host and port whether a guest may call it: what two parsers could read in two
ways is refused here. Options that Spin's client takes from the query are accepted; only the client id has a meaning.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from atoll.capabilities.mqtt.provider import InvalidAddress

_SCHEMES = {"mqtt": False, "tcp": False, "mqtts": True, "ssl": True}
_PORTS = {False: 1883, True: 8883}
_PLAIN = re.compile(r"[!-\[\]-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_WITHOUT_MEANING = {
    "keep_alive_secs",
    "clean_session",
    "max_incoming_packet_size_bytes",
    "max_outgoing_packet_size_bytes",
    "request_channel_capacity",
    "max_request_batch_size",
    "pending_throttle_usecs",
    "inflight",
    "conn_timeout_secs",
}


@dataclass(frozen=True, repr=False, slots=True)
class Address:
    """A broker, and the names that the address has for the client. Its text has no credentials."""

    host: str
    port: int
    tls: bool
    client_id: str
    username: str
    password: str

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(text: str) -> Address:
    """An address, or InvalidAddress, which does not say what it was."""
    try:
        parts = urlsplit(text)
        return _checked(text, parts, parts.port)
    except ValueError:
        raise InvalidAddress("not an address like mqtt://host:1883?client_id=name") from None


def _checked(text: str, parts: SplitResult, port: int | None) -> Address:
    host = parts.hostname or ""
    whole = _PLAIN.fullmatch(text) and _HOST.fullmatch(host) and parts.path in ("", "/")
    if not whole or parts.scheme not in _SCHEMES or port == 0 or "#" in text:
        raise ValueError
    tls = _SCHEMES[parts.scheme]
    return Address(
        host=host,
        port=_PORTS[tls] if port is None else port,
        tls=tls,
        client_id=_client_id(parts.query),
        username=unquote(parts.username or "", errors="strict"),
        password=unquote(parts.password or "", errors="strict"),
    )


def _client_id(query: str) -> str:
    if not query:
        return ""
    options = parse_qs(query, keep_blank_values=True, strict_parsing=True, errors="strict")
    names = options.pop("client_id", [""])
    if len(names) > 1 or options.keys() - _WITHOUT_MEANING:
        raise ValueError
    return names[0]
