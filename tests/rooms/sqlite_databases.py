"""Statements to a guest's databases: several in one call, on one connection of it, and what each was answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.rooms.conftest import Room

Value = int | float | str | bytes | None
GRANTED = 'sqlite_databases = ["default"]\n'
# The guest, and the path of its interface's version.
VERSIONS = [
    ("rust-rooms", "sqlite/v1"),
    ("rust-rooms", "sqlite/v2"),
    ("rust-rooms", "sqlite/v3"),
    ("python-rooms-p2", "sqlite/run"),
    ("python-rooms-p3", "sqlite/run"),
]


@dataclass
class Told:
    """What one statement was answered: columns and rows, or the interface's error."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[Value, ...]] = field(default_factory=list)
    error: str | None = None

    @property
    def one(self) -> Value:
        """The only value."""
        assert self.error is None, self.error
        [[value]] = self.rows
        return value


def asked(statement: str, *parameters: Value) -> str:
    """A line for the guest."""
    return "\t".join([statement, *map(_written, parameters)])


def run(room: Room, path: str, *lines: str, db: str = "default") -> list[Told]:
    """Have the guest run them on one connection."""
    return read(room(path, "\n".join(lines).encode(), db=db))


def read(answer: bytes) -> list[Told]:
    """What a guest told, statement by statement."""
    told: list[Told] = []
    for line in answer.decode().splitlines():
        what, _, rest = line.partition("\t")
        if what == "error":
            told.append(Told(error=rest))
        elif what == "columns":
            told.append(Told(columns=rest.split("\t") if rest else []))
        elif what == "row":
            told[-1].rows.append(tuple(map(_read, rest.split("\t"))))
        else:
            told[-1].error = (told[-1].error or "") + "\n" + line
    return told


def ones(told: Sequence[Told]) -> list[Value]:
    """The only value of each."""
    return [each.one for each in told]


def _written(value: Value) -> str:
    match value:
        case None:
            return "n:"
        case int():
            return f"i:{value}"
        case float():
            return f"r:{value!r}"
        case str():
            return f"t:{value}"
    return f"b:{value.decode()}"


def _read(cell: str) -> Value:
    kind, _, rest = cell.partition(":")
    match kind:
        case "i":
            return int(rest)
        case "r":
            return float(rest)
        case "t":
            return rest
        case "b":
            return rest.encode()
    return None
