"""Advisories in the format of OSV (schema 1.7), from a file, a folder or the archive of an ecosystem.

They are handed out one by one: an ecosystem's archive has more than a machine wants to hold. Each is small.
"""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded

CODE = "advisories-invalid"
MAX_ADVISORY_BYTES = 16 << 20
MAX_FILE_BYTES = 256 << 20
MAX_ADVISORIES = 2_000_000
_HINT = "name a JSON file of OSV, a folder of them, or an archive such as OSV publishes for an ecosystem"


class Package(Struct, frozen=True):
    """Which package is affected."""

    name: str = ""
    ecosystem: str = ""
    purl: str | None = None


class Range(Struct, frozen=True):
    """Versions between events, each a table of one key: introduced, fixed, last_affected or limit."""

    type: str
    events: list[dict[str, str]] = field(default_factory=list)


class Affected(Struct, frozen=True):
    """One affected package."""

    package: Package = field(default_factory=Package)
    ranges: list[Range] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    database_specific: dict[str, Any] | None = None


class Advisory(Struct, frozen=True):
    """One advisory; of the format what is needed here."""

    id: str
    aliases: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    withdrawn: str | None = None
    affected: list[Affected] | None = None
    severity: list[dict[str, Any]] | None = None
    database_specific: dict[str, Any] | None = None

    @property
    def names(self) -> set[str]:
        """All that it is known by."""
        return {self.id, *(self.aliases or ())}

    @property
    def level(self) -> str | None:
        """How bad it is: a word, or a vector of CVSS."""
        word = (self.database_specific or {}).get("severity")
        if isinstance(word, str):
            return word
        scores = [str(one.get("score")) for one in self.severity or () if one.get("score")]
        return scores[-1] if scores else None

    @property
    def title(self) -> str:
        """One line of what it is about."""
        lines = (self.summary or self.details or "").strip().splitlines()
        return lines[0].strip("# ") if lines else ""


class Batch(Struct, frozen=True):
    """What some tools put several advisories into."""

    vulns: list[Advisory]


_DECODER: Any = msgspec.json.Decoder(Advisory)
_SEVERAL: Any = msgspec.json.Decoder(list[Advisory])
_BATCH: Any = msgspec.json.Decoder(Batch)


def advisories(path: Path) -> Iterator[Advisory]:
    """All advisories at a path, without those that were withdrawn.

    Raises UserError `advisories-invalid` for what is none, with its file.
    """
    found: Iterable[Advisory]
    if path.is_dir():
        found = _of_folder(path)
    elif path.suffix == ".zip":
        found = _of_archive(path)
    else:
        found = _decoded(_content(path, MAX_FILE_BYTES), str(path))
    for count, one in enumerate(found, 1):
        if count > MAX_ADVISORIES:
            raise UserError(CODE, f"{path} has more than {MAX_ADVISORIES} advisories", "name fewer ecosystems")
        if one.withdrawn is None:
            yield one


def _of_folder(folder: Path) -> Iterator[Advisory]:
    files = sorted(file for file in folder.rglob("*.json") if file.is_file())
    if not files:
        raise UserError(CODE, f"{folder} has no JSON files", _HINT)
    for file in files:
        yield from _decoded(_content(file, MAX_ADVISORY_BYTES), str(file))


def _of_archive(file: Path) -> Iterator[Advisory]:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".json")]
            for entry in entries:
                where = f"{file}, {entry.filename}"
                with archive.open(entry) as opened:
                    content = opened.read(MAX_ADVISORY_BYTES + 1)
                if len(content) > MAX_ADVISORY_BYTES:
                    raise _too_large(where, MAX_ADVISORY_BYTES)
                yield from _decoded(content, where)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UserError(CODE, f"{file} is no archive that can be read: {error}", _HINT) from None
    except OSError as error:
        raise UserError(CODE, f"{file} cannot be read: {error.strerror or error}", _HINT) from None


def _content(file: Path, most: int) -> bytes:
    try:
        return read_bounded(file, most)
    except OSError as error:
        raise UserError(CODE, f"{file} cannot be read: {error.strerror}", _HINT) from None
    except TooLarge:
        raise _too_large(str(file), most) from None


def _too_large(where: str, most: int) -> UserError:
    return UserError(CODE, f"{where} has more than {most} bytes", "split it into a folder of files")


def _decoded(content: bytes, where: str) -> list[Advisory]:
    """One advisory, a list of them, or a table with `vulns`."""
    try:
        start = content.lstrip()[:1]
        if start == b"[":
            several: list[Advisory] = _SEVERAL.decode(content)
            return several
        if b'"vulns"' in content[:4096]:
            batch: Batch = _BATCH.decode(content)
            return batch.vulns
        return [_DECODER.decode(content)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(CODE, f"{where} is no advisory of OSV: {error}", _HINT) from None
