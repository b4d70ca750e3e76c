"""What a provider of this room does, in the shapes of `spin:mysql@3.0.0`, which are also those of older versions.

A parameter is a pair `(kind, value)`, `kind` being a case of `parameter-value`. A cell of a row is the value alone, its
kind being that of its column; `None` is `db-null` everywhere.

| kind | value, both ways |
| --- | --- |
| `boolean` | `bool`; only as a parameter: the server's BOOLEAN is `int8` |
| `int8`, `int16`, `int32`, `int64`, `uint8`, `uint16`, `uint32`, `uint64` | `int` |
| `floating32`, `floating64` | `float` |
| `str` | `str` |
| `binary` | `bytes` |
| `db-null` | `None`; only as a parameter |
| `other` | only in rows: `str` as the server writes the value (DECIMAL, DATE, TIME, DATETIME, YEAR), else `bytes` |

Spin fails with `value-conversion-failed` where a value has the kind `other`; here the guest may get it as `str` or
`binary`.
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
    """A case of `db-data-type`: `int32`, `str`, `other`, …"""
    type_name: str
    """The protocol's name of the type: `LONG`, `NEWDECIMAL`, …"""


class Rows(NamedTuple):
    """A whole result."""

    columns: list[Column]
    rows: list[Row]


class ConnectionFailed(Failed):
    """No connection: the address, the network, TLS, the password, or too many connections."""

    case = "connection-failed"


class BadParameter(Failed):
    """A parameter that its kind does not allow."""

    case = "bad-parameter"


class QueryFailed(Failed):
    """The statement failed, or the connection did while it ran."""

    case = "query-failed"


class ValueConversionFailed(Failed):
    """The server sent a value that the interface has no shape for."""

    case = "value-conversion-failed"


class Other(Failed):
    """Anything else, as a result that is too large."""

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
        """Run a statement; a result larger than `most_bytes` is `Other`."""

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Stream:
        """Run a statement and return when its columns are known.

        Another call before the end makes the connection keep the rest in memory, at most `most_bytes`.
        """

    async def execute(self, statement: str, parameters: Sequence[Parameter]) -> int:
        """Run a statement; return how many rows it changed."""

    async def close(self) -> None:
        """Give the connection back, without anything of its session; may be called again."""


class Mysql(Provider, Protocol):
    """The servers that guests may name by address, a URL."""

    async def open(self, address: str) -> Connection:
        """Find or make a connection, or fail with `ConnectionFailed`.

        The caller has checked the address against what the guest may reach.
        """
