"""An address of a PostgreSQL server taken apart, so that every reader of it sees the same hosts.

`postgres://user:password@host:port/database?key=value` or `host=… user=…`, with the keys that Spin's client knows.
What two parsers could read in two ways is refused: an `@`, `/`, `?` or `#` that is not percent-encoded, a key named
twice, `hostaddr` or `host` beside a URL's own, a path to a socket. No error repeats the address: it has a password.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

_URL = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^:@/?#\s\\]*)(?::(?P<password>[^@/?#\s\\]*))?@)?"
    r"(?P<hosts>[\w.,:\[\]-]*)"
    r"(?:/(?P<dbname>[^@/?#\s\\]*))?"
    r"(?:\?(?P<rest>[^@#\s\\]*))?",
    re.ASCII,
)
_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)+)(?=\s|$)\s*", re.ASCII | re.DOTALL)
_HOST = re.compile(r"\[?([\w:][\w.:-]*)\]?", re.ASCII)
_ADDRESS_IN_URL = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d+))?", re.ASCII)

PASSED_ON = frozenset({"application_name", "options", "target_session_attrs", "channel_binding"})
"""Keys with a meaning for the server or the choice among hosts."""
_TIMES = {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_retries"}
_IGNORED = _TIMES | {"keepalives", "load_balance_hosts", "sslnegotiation"}
SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


class BadAddress(ValueError):
    """The address cannot be read, or asks for what is refused."""


@dataclass(frozen=True)
class Address:
    """Where to connect, as whom, and how."""

    endpoints: tuple[tuple[str, int], ...]
    user: str
    password: str
    database: str
    ssl_mode: str
    passed_on: dict[str, str]


def parse(address: str) -> Address:
    """The parts of an address; `BadAddress` with a sentence."""
    pairs = _from_url(address) if address.startswith(("postgres://", "postgresql://")) else _from_pairs(address)
    if unknown := sorted(set(pairs) - PASSED_ON - _IGNORED - {"host", "port", "user", "password", "dbname", "sslmode"}):
        raise BadAddress(f"the address has the unknown option `{unknown[0]}`")
    if not (user := pairs.get("user")):
        raise BadAddress("the address names no user")
    if (mode := pairs.get("sslmode") or "prefer") not in SSL_MODES:
        raise BadAddress(f"sslmode must be one of {', '.join(sorted(SSL_MODES))}")
    if any("\0" in value for value in pairs.values()):
        raise BadAddress("the address has a NUL character")
    return Address(
        endpoints=_endpoints(pairs.get("host", ""), pairs.get("port", "")),
        user=user,
        password=pairs.get("password", ""),
        database=pairs.get("dbname") or user,
        ssl_mode=mode,
        passed_on={key: pairs[key] for key in PASSED_ON if pairs.get(key)},
    )


def _from_url(address: str) -> dict[str, str]:
    if not (found := _URL.fullmatch(address)):
        raise BadAddress("the address is not a URL that can be read in one way only (percent-encode @ / ? # in it)")
    pairs = {key: unquote(found[key]) for key in ("user", "password", "dbname") if found[key]}
    if found["hosts"]:
        pairs["host"], pairs["port"] = _url_hosts(found["hosts"])
    for key, value in parse_qsl(found["rest"] or "", keep_blank_values=True):
        if key in pairs or key in {"host", "port"}:
            raise BadAddress(f"the address names `{key}` twice, or beside its host")
        pairs[key] = value
    return pairs


def _url_hosts(hosts: str) -> tuple[str, str]:
    found = [_ADDRESS_IN_URL.fullmatch(host) for host in hosts.split(",")]
    if not all(found):
        raise BadAddress("the address has a host that is none")
    pairs = [(match[1].strip("[]"), match[2] or "5432") for match in found if match]
    return ",".join(host for host, _ in pairs), ",".join(port for _, port in pairs)


def _from_pairs(address: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    at = 0
    while at < len(address):
        if not (found := _PAIR.match(address, at)):
            raise BadAddress("the address is neither a URL nor pairs of key=value")
        key, value = found[1], found[2]
        if key in pairs:
            raise BadAddress(f"the address names `{key}` twice")
        pairs[key] = re.sub(r"\\(.)", r"\1", value[1:-1] if value[0] == "'" else value, flags=re.DOTALL)
        at = found.end()
    return pairs


def _endpoints(hosts: str, ports: str) -> tuple[tuple[str, int], ...]:
    """Hosts with their ports: one port for each, or one for all, or 5432."""
    names = [match[1] for host in hosts.split(",") if (match := _HOST.fullmatch(host))]
    if len(names) != len(hosts.split(",")):
        raise BadAddress("the address names no host, or one that is none; sockets in the file system are not supported")
    numbers = [int(port) if port.isdecimal() and port.isascii() and len(port) <= 5 else 0 for port in ports.split(",")]
    numbers = [5432] if ports == "" else numbers
    numbers = numbers * len(names) if len(numbers) == 1 else numbers
    if len(numbers) != len(names) or not all(0 < number < 65536 for number in numbers):
        raise BadAddress("the address has a port that is none, or not as many ports as hosts")
    return tuple(zip(names, numbers, strict=True))
