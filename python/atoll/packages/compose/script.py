"""Compositions that a WAC script describes."""

from collections.abc import Mapping
from pathlib import Path

from atoll import host
from atoll.errors import Location, UserError
from atoll.host.composing.plan import Part


def scripted(file: Path, folder: Path, given: Mapping[str, Path]) -> tuple[bytes, list[Part]]:
    """The component that the script makes, and its parts.

    Packages are the files that are `given` by name, or lie in the folder: `acme/auth.wasm` is `acme:auth`. Raises
    UserError `composition-invalid` with the place in the script, `file-unreadable` where there is none.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UserError("guest-unreadable", f"the script `{file}` cannot be read: {why}", "name a .wac file") from None

    def locate(component: str | None, key: str | None, value: str | None) -> Location | None:
        return _place(text, str(file), value) if key == "script" and value else None

    return host.scripted(text, folder, given, locate)


def _place(text: str, file: str, value: str) -> Location:
    """Offsets count bytes; lines and columns count characters."""
    offset, length = (int(number) for number in value.split())
    raw = text.encode()
    before = raw[:offset].decode(errors="replace")
    marked = raw[offset : offset + length].decode(errors="replace")
    line = before.count("\n")
    lines = text.splitlines() or [""]
    source = lines[min(line, len(lines) - 1)]
    column = len(before) - (before.rfind("\n") + 1)
    return Location(file, line + 1, column + 1, source, max(1, min(len(marked.split("\n")[0]), len(source) - column)))
