"""What a provider of this room does, in the shapes of `spin:postgres@4.2.0`; older versions are narrower.

A parameter is a pair `(kind, value)`, `kind` being a case of `parameter-value`. A cell of a row is the value alone, its
kind being that of its column; `None` is `db-null` everywhere.

| kind | value, both ways |
| --- | --- |
| `boolean` | `bool` |
| `int8`, `int16`, `int32`, `int64` | `int` |
| `floating32`, `floating64` | `float` |
| `str` | `str` |
| `binary` | `bytes` |
| `date` | `(year, month, day)`; year 0 is 1 BC |
| `time` | `(hour, minute, second, nanosecond)` |
| `datetime` | `(year, month, day, hour, minute, second, nanosecond)`, in UTC |
| `timestamp` | `int`, seconds since 1970; only as a parameter |
| `uuid` | `str`, lower case with hyphens |
| `jsonb` | `bytes`, JSON in UTF-8 |
| `decimal` | `str`, base 10, also `NaN`, `Infinity`, `-Infinity` |
| `range-int32`, `range-int64` | `(lower, upper)`, each `None` or `(int, "inclusive" or "exclusive")` |
| `range-decimal` | the same with `str` for `int` |
| `array-int32`, `array-int64` | `list` of `int` or `None` |
| `array-decimal`, `array-str` | `list` of `str` or `None` |
| `interval` | `(micros, days, months)` |
| `db-null` | `None`; only as a parameter |
| `other` | `bytes` as the server sent them in its binary format (`unsupported`); only in rows |
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from atoll.capabilities.provider import Failed, Provider

Parameter = tuple[str, Any]
Row = tuple[Any, ...]


class Column(NamedTuple):
    """A column of a result."""

    name: str
    kind: str
    """A case of `db-data-type`: `int32`, `array-str`, `other`, …"""
    type_name: str
    """The server's own name of the type, the payload of `other`."""


class Rows(NamedTuple):
    """A whole result."""

    columns: list[Column]
    rows: list[Row]


class DbError(NamedTuple):
    """What the server said, as `db-error`."""

    as_text: str
    severity: str
    code: str
    message: str
    detail: str | None
    extras: list[tuple[str, str]]


class ConnectionFailed(Failed):
    """No connection: the address, the network, TLS, the password, or too many connections."""

    case = "connection-failed"


class BadParameter(Failed):
    """A parameter that its kind does not allow."""

    case = "bad-parameter"


class QueryFailed(Failed):
    """The statement failed: `error` is what the server said of it, `None` if it said nothing (`text`)."""

    case = "query-failed"

    def __init__(self, text: str, error: DbError | None = None) -> None:
        super().__init__(text)
        self.error = error


class ValueConversionFailed(Failed):
    """The server sent a value that the interface has no shape for."""

    case = "value-conversion-failed"


class Other(Failed):
    """Anything else."""

    case = "other"


class Stream(Protocol):
    """A result on its way."""

    columns: list[Column]

    async def page(self) -> list[Row]:
        """The next rows, at least one; none at the end, and from then on. Fails as `query`."""

    async def close(self) -> None:
        """Read no further. The statement still has its effect."""


class Connection(Protocol):
    """One session with the server, the guest's own from `open` to `close`. Calls at once are done one by one."""

    async def query(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Rows:
        """Run a statement; a result larger than `most_bytes` is a `QueryFailed`."""

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Stream:
        """Run a statement and return when its columns are known.

        Another call before the end makes the connection keep the rest in memory, at most `most_bytes`.
        """

    async def execute(self, statement: str, parameters: Sequence[Parameter]) -> int:
        """Run a statement; return how many rows it touched, 0 if it does not count any."""

    async def close(self) -> None:
        """Give the connection back, without anything of its session; may be called again."""


class Postgres(Provider, Protocol):
    """The servers that guests may name by address: a URL, or pairs `key=value`."""

    async def open(self, address: str, ca_root: str | None = None) -> Connection:
        """Find or make a connection; `ca_root` is PEM, trusted instead of the host's authorities.

        Fails with `ConnectionFailed`. The caller has checked the address against what the guest may reach.
        """

    def check_ca_root(self, ca_root: str) -> None:
        """Fail with `Other` unless this is PEM with at least one certificate."""
