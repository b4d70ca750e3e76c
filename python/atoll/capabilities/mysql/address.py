"""An address of a MySQL server taken apart, so that every reader of it sees the same host.

`mysql://user:password@host:port/database?ssl-mode=…`. What two parsers could read in two ways is refused: an `@`, `/`,
`?` or `#` that is not percent-encoded. No error repeats the address: it has a password.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

_URL = re.compile(
    r"mysql://"
    r"(?:(?P<user>[^:@/?#\s\\]*)(?::(?P<password>[^@/?#\s\\]*))?@)?"
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(?P<port>\d{1,5}))?"
    r"(?:/(?P<database>[^@/?#\s\\]*))?"
    r"(?:\?(?P<options>[^@#\s\\]*))?",
    re.ASCII,
)
_IGNORED = frozenset({
    *("pool_min", "pool_max", "inactive_connection_ttl", "ttl_check_interval", "conn_ttl", "abs_conn_ttl"),
    *("abs_conn_ttl_jitter", "stmt_cache_size", "prefer_socket", "secure_auth", "compression", "tcp_keepalive"),
    *("tcp_nodelay", "wait_timeout", "max_allowed_packet", "reset_connection", "client_found_rows"),
})  # fmt: skip
"""What Spin's client understands and what has no meaning here."""
_SSL_MODE = ("ssl-mode", "sslmode")


class BadAddress(ValueError):
    """The address cannot be read, or asks for what is refused."""


@dataclass(frozen=True)
class Address:
    """Where to connect, as whom, and how."""

    host: str
    port: int
    user: str
    password: str
    database: str
    tls: bool
    """Whether the connection must be encrypted, with a certificate for `host`."""


def parse(address: str) -> Address:
    """The parts of an address; `BadAddress` with a sentence."""
    if not (found := _URL.fullmatch(address)):
        raise BadAddress("the address is not a mysql:// URL that can be read in one way only (percent-encode @ / ? #)")
    port = int(found["port"] or 3306)
    if not 0 < port < 65536:
        raise BadAddress("the address has a port that is none")
    texts = {key: unquote(found[key] or "") for key in ("user", "password", "database")}
    if any("\0" in text for text in texts.values()):
        raise BadAddress("the address has a NUL character")
    return Address(host=found["host"].strip("[]"), port=port, tls=_tls(found["options"] or ""), **texts)


def _tls(options: str) -> bool:
    """As Spin: any `ssl-mode` but `disabled` asks for TLS, checked in full."""
    tls = False
    for key, value in parse_qsl(options, keep_blank_values=True):
        if key.lower() in _SSL_MODE:
            tls = tls or value.lower() != "disabled"
        elif key in {"require_ssl", "verify_ca", "verify_identity"}:
            tls = tls or value == "true"
        elif key not in _IGNORED:
            raise BadAddress(f"the address has the unknown option `{key}`")
    return tls
