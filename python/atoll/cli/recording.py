"""`--record`: which requests of a run are kept for `atoll replay`."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from atoll.errors import UserError
from atoll.host.settings import Record
from atoll.manifest.units import Unit, parse


def wanted(folder: str | None, only: Iterable[str], most: int) -> Record | None:
    """What `--record`, `--record-only` and `--record-most` say. Raises UserError."""
    if folder is None:
        if only:
            raise UserError("argument-invalid", "--record-only needs a folder", "name it with `--record DIR`")
        return None
    record = Record(dir=str(Path(folder).absolute()), most=most)
    for what in only:
        record = _with(record, what)
    return record


def _with(record: Record, what: str) -> Record:
    match what.partition(":"):
        case "errors", "", "":
            return msgspec.structs.replace(record, errors=True)
        case "header", ":", name if name:
            return msgspec.structs.replace(record, headers=[*record.headers, name.lower()])
        case "slower", ":", time:
            with contextlib.suppress(ValueError):
                return msgspec.structs.replace(record, slower_ms=parse(Unit.TIME, time))
    hint = "write `errors`, `slower:TIME` such as slower:500ms, or `header:NAME`"
    raise UserError("argument-invalid", f"--record-only: `{what}` names no requests", hint)
