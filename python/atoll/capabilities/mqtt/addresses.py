"""Addresses of MQTT brokers.

Options that Spin's client takes from the query are accepted; only the client id has a meaning.
"""

from dataclasses import asdict, dataclass
from urllib.parse import parse_qs

from atoll.capabilities import addresses
from atoll.capabilities.addresses import Scheme, Server
from atoll.capabilities.mqtt.provider import InvalidAddress

_PLAIN, _SECURE = Scheme(1883), Scheme(8883, tls=True)
_SCHEMES = {"mqtt": _PLAIN, "tcp": _PLAIN, "mqtts": _SECURE, "ssl": _SECURE}
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
class Address(Server):
    """A broker, and the name that the address has for the client."""

    client_id: str


def parse(text: str) -> Address:
    """An address, or InvalidAddress, which does not say what it was."""
    try:
        server, path, query = addresses.parse(text, _SCHEMES)
        if path not in ("", "/"):
            raise ValueError
        return Address(**asdict(server), client_id=_client_id(query or ""))
    except ValueError:
        raise InvalidAddress("not an address like mqtt://host:1883?client_id=name") from None


def _client_id(query: str) -> str:
    if not query:
        return ""
    options = parse_qs(query, keep_blank_values=True, strict_parsing=True, errors="strict")
    names = options.pop("client_id", [""])
    if len(names) > 1 or options.keys() - _WITHOUT_MEANING:
        raise ValueError
    return names[0]
