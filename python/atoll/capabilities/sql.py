"""What the rooms of SQL databases share: results, failures, and what a connection does.

A parameter is a pair `(kind, value)`, `kind` being a case of the interface's `parameter-value`. A cell of a row is the
value alone, its kind being that of its column; `None` is `db-null` everywhere. Each room's `provider.py` has the table
of its kinds.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from atoll.capabilities.provider import Failed

Parameter = tuple[str, Any]
Row = tuple[Any, ...]


class Column(NamedTuple):
    """A column of a result."""

    name: str
    kind: str
    """A case of `db-data-type`: `int32`, `str`, `other`, …"""
    type_name: str
    """The server's own name of the type."""


class Rows(NamedTuple):
    """A whole result."""

    columns: list[Column]
    rows: list[Row]


class DbError(NamedTuple):
    """What the server said, as `db-error` of `spin:postgres`."""

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
    """The statement failed, or the connection did while it ran.

    `error` is what the server said of it, where the interface has a place for that.
    """

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
        """Run a statement; a result larger than `most_bytes` fails."""

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Stream:
        """Run a statement and return when its columns are known.

        Another call before the end makes the connection keep the rest in memory, at most `most_bytes`.
        """

    async def execute(self, statement: str, parameters: Sequence[Parameter]) -> int:
        """Run a statement; return how many rows it touched, 0 if it does not count any."""

    async def close(self) -> None:
        """Give the connection back, without anything of its session; may be called again."""
