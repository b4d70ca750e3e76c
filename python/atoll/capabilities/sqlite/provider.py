"""What an SQLite database answers, and how it may fail.

One object is one database: the one that a label of the manifest stands for. It serves every version of the interface:
`fermyon:spin/sqlite`, `fermyon:spin/sqlite@2.0.0` and `spin:sqlite/sqlite` 3.0.0 and 3.1.0.
"""

from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from atoll.capabilities.provider import Failed

T = TypeVar("T")
Reply: TypeAlias = T | Awaitable[T]
"""What a method gives back: `def` the value, `async def` an awaitable of it."""
Value: TypeAlias = int | float | str | bytes | None
"""What SQLite stores: a signed 64-bit integer, a double, text, a blob, NULL."""


class Rows(NamedTuple):
    """What a statement answers; both are empty where it answers nothing."""

    columns: list[str]
    rows: list[Sequence[Value]]


class Io(Failed):
    """The statement is wrong, or the database could not answer; the guest reads the message, so it holds no secret."""

    case = "io"


class AccessDenied(Failed):
    """This component may not use this database. Bad credentials in the configuration are `Io`: no grant mends them."""

    case = "access-denied"


class NoSuchDatabase(Failed):
    """The label stands for nothing. Raised by providers that learn of it only when they are called."""

    case = "no-such-database"


class InvalidConnection(Failed):
    """The connection is gone, with its transaction and temporary tables; the guest has to open another one."""

    case = "invalid-connection"


class DatabaseFull(Failed):
    """The database has reached its capacity."""

    case = "database-full"


class Connection(Protocol):
    """One guest's connection: a transaction that it begins, and temporary tables, are its own and end with it.

    Each method may be `def` or `async def`. A call that is cancelled may have happened or not.
    """

    def execute(self, statement: str, parameters: list[Value]) -> Reply[Rows]:
        """Run one statement; a text with several is refused with `Io`. Parameters are bound by position, from 1."""

    def last_insert_rowid(self) -> Reply[int]:
        """The rowid of the last row that this connection inserted; 0 where it has inserted none."""

    def changes(self) -> Reply[int]:
        """How many rows the last INSERT, UPDATE or DELETE of this connection changed; 0 where there was none."""

    def run_script(self, statements: str) -> Reply[None]:
        """Run all statements, for `--sqlite`; guests cannot reach it. The first that fails ends it."""

    def close(self) -> Reply[None]:
        """Undo what is not committed, and give back what is held; called once, whatever went before."""


class Database(Protocol):
    """The methods of a database; `open` may be `def` or `async def`, and is called concurrently."""

    def open(self) -> Reply[Connection]:
        """A connection for one guest. It may connect only when it is first used."""
