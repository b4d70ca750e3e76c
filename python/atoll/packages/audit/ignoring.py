"""Advisories that were looked at and accepted: by name, or in a file that says why and until when."""

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from msgspec import Struct, field

from atoll.errors import UserError, raise_all
from atoll.manifest.fields import Doc
from atoll.manifest.read import INVALID, Reader
from atoll.manifest.toml import Toml


class Entry(Struct, kw_only=True):
    """One of `[[ignore]]`."""

    id: Annotated[str, Doc("The advisory, or one of its aliases.")]
    reason: Annotated[str, Doc("Why it does not matter here.")]
    until: Annotated[str | None, Doc("The last day on which it is accepted, as 2027-01-31.")] = None


class Ignored(Struct, kw_only=True):
    """The file."""

    ignore: Annotated[list[Entry], Doc("What is accepted.")] = field(default_factory=list)


class Accepted:
    """What is accepted, and why."""

    def __init__(self, names: Iterable[str] = (), entries: Iterable[Entry] = ()) -> None:
        self._reasons = dict.fromkeys(names, "named on the command line")
        self._reasons |= {entry.id: entry.reason for entry in entries}

    def why(self, names: Iterable[str]) -> str | None:
        """The reason for which an advisory of these names is accepted; None where it is not."""
        return next((self._reasons[name] for name in sorted(names) if name in self._reasons), None)


def entries(file: Path, today: datetime.date) -> list[Entry]:
    """The entries of a file that still hold. Raises UserError or Problems with everything that is wrong with it."""
    try:
        toml = Toml.from_file(file)
    except OSError as error:
        raise UserError("manifest-unreadable", f"{file} cannot be read: {error.strerror}") from None
    data = (
        {
            "ignore": [
                {key: str(value) if isinstance(value, datetime.date) else value for key, value in one.items()}
                if isinstance(one, dict)
                else one
                for one in toml.data["ignore"]
            ]
        }
        if isinstance(toml.data.get("ignore"), list)
        else {}
    )
    reader = Reader(toml)
    read = reader.read(Ignored, toml.data | data, ())
    found = [] if read is INVALID else [(index, one) for index, one in enumerate(read.ignore)]
    holding = []
    for index, one in found:
        try:
            if one.until is None or datetime.date.fromisoformat(one.until) >= today:
                holding.append(one)
        except ValueError:
            reader.note(
                "manifest-value-invalid", f"`{one.until}` is no day", ("ignore", index, "until"), hint="2027-01-31"
            )
    raise_all(reader.problems)
    return holding
