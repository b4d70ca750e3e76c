"""A manifest with its text: read, normalised and checked, and able to say where each of its values was written."""

from pathlib import Path as FilePath
from typing import Any

from atoll.errors import Location, UserError, raise_all
from atoll.manifest.check import check, check_profile
from atoll.manifest.model import Manifest
from atoll.manifest.normalize import Normalizer
from atoll.manifest.origins import Origins, Written
from atoll.manifest.positions import Path
from atoll.manifest.read import INVALID, Reader
from atoll.manifest.text import read_manifest
from atoll.manifest.toml import Toml
from atoll.manifest.v1 import Conversion

_VERSION_KEYS = ("spin_manifest_version", "spin_version")


class Document:
    """One manifest. `manifest` is of version 2 whatever the file was; `version` is the file's own."""

    def __init__(self, toml: Written) -> None:
        """Read the manifest. Raises UserError or Problems with everything that is wrong with its structure."""
        self.origins = Origins(toml)
        self.version = _version(toml)
        self.reader = Reader(self.origins)
        manifest = self._read(toml.data)
        if manifest is INVALID or not self.reader.complete:
            raise_all(self.reader.problems)
        self.manifest: Manifest = manifest

    @classmethod
    def parse(cls, content: bytes | str, file: str = "spin.toml") -> "Document":
        """Read a manifest from its text. Its structure is right afterwards; see `settle` for the rest."""
        document = cls(Toml(content, file) if isinstance(content, str) else Toml.from_bytes(content, file))
        raise_all(document.reader.problems)
        return document

    @classmethod
    def load(cls, file: FilePath, *, profile: str | None = None, shown: str | None = None) -> "Document":
        """Read, normalise and check a manifest file: what comes back can be locked.

        `shown` is the file's name in messages. Raises UserError or Problems with everything that is wrong.
        """
        try:
            content = read_manifest(file, shown)
        except OSError as error:
            raise UserError("manifest-unreadable", f"{shown or file} cannot be read: {error.strerror}") from None
        return cls.settled(content, shown or str(file), profile=profile)

    @classmethod
    def settled(cls, content: bytes, file: str, *, profile: str | None = None) -> "Document":
        """Like `load`, from the file's content."""
        return cls.of(Toml.from_bytes(content, file), profile=profile)

    @classmethod
    def of(cls, written: Written, *, profile: str | None = None) -> "Document":
        """Like `load`, from what was parsed already."""
        document = cls(written)
        reader = document.reader
        if profile is not None:
            check_profile(document.manifest, profile, reader)
        document.normalize(profile)
        check(document.manifest, reader)
        raise_all(reader.problems)
        return document

    def normalize(self, profile: str | None = None) -> None:
        """Bring the manifest into canonical form, in place. Problems are kept for `problems`."""
        normalizer = Normalizer(self.manifest, self.reader)
        self.origins.moved(normalizer.moves)
        normalizer.run(profile)

    def raise_problems(self) -> None:
        """Raise what was found since the manifest was read, if anything was."""
        raise_all(self.reader.problems)

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where a value of the manifest was written."""
        return self.origins.location(path, key=key)

    def holds(self, path: Path) -> bool:
        """Whether the user wrote this value."""
        return self.origins.holds(path)

    def _read(self, data: dict[str, Any]) -> Any:
        if self.version == 2:
            return self.reader.read(Manifest, data, ())
        conversion = Conversion(self.reader)
        manifest = conversion.convert(data)
        self.origins.moved(conversion.moves)
        return manifest


def _version(toml: Written) -> int:
    """The manifest's version, 1 or 2. Raises UserError for any other and for none."""
    key = next((key for key in _VERSION_KEYS if key in toml.data), None)
    if key is None:
        raise UserError(
            "manifest-key-missing",
            "the manifest lacks the key `spin_manifest_version`",
            "write `spin_manifest_version = 2` in its first line",
            location=toml.location(()),
            path=_VERSION_KEYS[:1],
        )
    value = toml.data[key]
    if value == 2 and isinstance(value, int) and key == _VERSION_KEYS[0]:
        return 2
    if value == "1":
        return 1
    shown = f'"{value}"' if isinstance(value, str) else value
    raise UserError(
        "manifest-version-invalid",
        f"invalid manifest version: {shown}",
        'write `spin_manifest_version = 2`, or "1" (with quotes) for a manifest of version 1',
        location=toml.location((key,)),
        path=(key,),
    )
