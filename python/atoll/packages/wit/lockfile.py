"""`deps.lock` beside a WIT's `deps`: which packages lie there, where they came from, and what they were.

It says what `wkg.lock` says of a registry's packages, under the same names (`requirement`, `version`, `digest`). It is
not that file: a digest there is that of a registry's wasm, which packages of text do not have.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import tomli_w

from atoll.errors import UserError
from atoll.files import replace
from atoll.manifest.versions import Version
from atoll.packages.wit.versions import Wanted, parsed

FILE = "deps.lock"
FORMAT = 1
_HEAD = "# Written by `atoll wit`: keep it with the sources.\n"


class Locked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A package below `deps`. `requirement` is what was asked for; a package without one is there for others."""

    name: str
    source: str
    digest: str
    version: str | None = None
    requirement: str | None = None

    @property
    def key(self) -> tuple[str, Version | None]:
        """What tells it from all others."""
        return self.name, parsed(self.version) if self.version else None

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        return Wanted.parse(self.requirement or self.name)

    @property
    def folder(self) -> str:
        """Its folder below `deps`, as wkg calls it."""
        name = self.name.replace(":", "-")
        return f"{name}-{self.version}" if self.version else name

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    package: list[Locked] = []


@dataclass(slots=True)
class Lock:
    """The packages of a WIT's folder."""

    packages: list[Locked] = field(default_factory=list)

    @classmethod
    def read(cls, wit: Path) -> "Lock":
        """An empty one where there is no file. Raises UserError `wit-lock-invalid`."""
        file = wit / FILE
        try:
            document = msgspec.convert(tomllib.loads(file.read_text("utf-8")), _Document)
            if document.version != FORMAT:
                raise ValueError(f"its version is {document.version}, and this atoll knows {FORMAT}")
            for one in document.package:
                Wanted.parse(str(one))
                _ = one.wanted
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, UserError) as error:
            raise UserError(
                "wit-lock-invalid",
                f"`{file}` cannot be read: {error}",
                "restore it from version control, or remove it and add the packages again",
            ) from None
        return cls(document.package)

    def write(self, wit: Path) -> None:
        """Write it, sorted. Raises UserError `output-unwritable`."""
        packages = sorted(self.packages, key=lambda one: (one.name, one.version or ""))
        text = tomli_w.dumps({"version": FORMAT, "package": [msgspec.to_builtins(one) for one in packages]})
        try:
            replace(wit / FILE, (_HEAD + text).encode())
        except OSError as error:
            raise UserError(
                "output-unwritable", f"`{wit / FILE}` cannot be written: {error.strerror}", "let it be written to"
            ) from None

    def problems(self, wit: Path) -> list[UserError]:
        """What below `deps` is not what it was when it was put there."""
        return [problem for one in self.packages if (problem := _problem(wit / "deps" / one.folder, one))]


def digest(files: Mapping[str, bytes]) -> str:
    """Of a package's files, by names and contents."""
    hasher = hashlib.sha256()
    for name, content in sorted(files.items()):
        hasher.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"sha256:{hasher.hexdigest()}"


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a package's folder, by their names."""
    return {file.name: file.read_bytes() for file in _plain(folder.iterdir())}


def _plain(files: Iterable[Path]) -> list[Path]:
    return [file for file in files if file.is_file()]


def _problem(folder: Path, locked: Locked) -> UserError | None:
    if not folder.is_dir():
        return UserError(
            "wit-dependency-missing",
            f"`{locked}` is not in `{folder}`, where {FILE} has it",
            "`atoll wit add` without a name puts back what is missing",
        )
    if digest(files_in(folder)) == locked.digest:
        return None
    return UserError(
        "wit-dependency-changed",
        f"`{folder}` is not what {FILE} has as `{locked}`",
        "remove the folder, then `atoll wit add` puts it back; a package of your own belongs beside `deps`",
    )
