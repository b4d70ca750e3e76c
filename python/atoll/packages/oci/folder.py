"""Folders of apps that were pulled: manifest, wasm files and static files, made aside and given their name at last."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import tomli_w

from atoll.errors import UserError
from atoll.packages.oci.locked import Content, File
from atoll.packages.oci.unlocked import FILES
from atoll.registry.documents import MAX_TOTAL_BYTES, artifact_invalid
from atoll.registry.store import Store

MANIFEST = "spin.toml"
ORIGIN = "artifact.json"
_MAX_FILES = 200_000
_MAX_PATH = 4096
_HEAD = "# Made from an artifact of a registry. It is made anew from there: changes to it are lost.\n\n"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an app was pulled from: the digest of its manifest, and the reference it was asked for by."""

    reference: str
    digest: str


class Folder:
    """The folder of one app while it is made."""

    def __init__(self, path: Path, store: Store, name: str) -> None:
        self.path = path
        self._store = store
        self._name = name
        self._bytes = 0

    def wasm(self, digest: str, name: str) -> None:
        """Place a wasm file of the store. It is not copied where the file system can do without."""
        source = self._stored(digest)
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            self._copy(source, target)

    def files(self, component_id: str, files: list[File]) -> None:
        """Place the static files of a component. Raises UserError `artifact-invalid` for paths that lead elsewhere."""
        if len(files) > _MAX_FILES:
            raise artifact_invalid(self._name, f"a component has {len(files)} files; {_MAX_FILES} are the most")
        base = self.path / FILES / component_id
        base.mkdir(parents=True, exist_ok=True)
        for file in files:
            target = base / self._inside(file.path)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._place(file, target)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                why = f'"{file.path}" is a file and a folder at the same time'
                raise artifact_invalid(self._name, why) from None
            except OSError as error:
                raise self._unwritable(error) from None

    def manifest(self, content: Mapping[str, Any], origin: Origin) -> None:
        """Write the manifest, and where it is from."""
        try:
            text = _HEAD + tomli_w.dumps(content)
            (self.path / MANIFEST).write_text(text, "utf-8")
            (self.path / ORIGIN).write_text(json.dumps({"reference": origin.reference, "digest": origin.digest}))
        except (TypeError, ValueError, RecursionError) as error:
            raise artifact_invalid(self._name, f"its application is no manifest: {error}") from None

    def _place(self, content: Content, target: Path) -> None:
        if content.inline is not None:
            self._count(len(content.inline))
            target.write_bytes(content.inline)
        else:
            self._copy(self._stored(content.digest or ""), target)

    def _copy(self, source: Path, target: Path) -> None:
        # Guests may be let write to their files, and what is in the store has to stay as it is.
        self._count(source.stat().st_size)
        shutil.copyfile(source, target)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MAX_TOTAL_BYTES:
            raise artifact_invalid(self._name, f"its files have more than {MAX_TOTAL_BYTES} bytes")

    def _stored(self, digest: str) -> Path:
        # A digest of a document must not be a path.
        found = self._store.find(digest) if "/" not in digest else None
        if found is None:
            raise artifact_invalid(self._name, f'it names "{digest}", and has no such layer or file')
        return found

    def _inside(self, text: str) -> PurePosixPath:
        path = PurePosixPath(text)
        parts = text.split("/")
        if not text or path.is_absolute() or "\0" in text or len(text) > _MAX_PATH or {"..", ".", ""} & set(parts):
            raise artifact_invalid(self._name, f'a file has the path "{text[:200]}", which leads out of its folder')
        return path

    def _unwritable(self, error: OSError) -> UserError:
        return UserError(
            "download-failed", f"{self.path.parent} cannot be written: {error.strerror}", "make room, or choose another"
        )


@contextmanager
def new_folder(final: Path, store: Store, name: str) -> Iterator[Folder]:
    """A folder that gets its name when the block ends well, and is removed otherwise.

    Whoever makes the same one at the same time makes the same, so the first one stays.
    """
    try:
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Path(tempfile.mkdtemp(dir=final.parent, prefix=".new-"))
    except OSError as error:
        raise UserError("download-failed", f"{final.parent} cannot be written: {error.strerror}") from None
    try:
        yield Folder(made, store, name)
        try:
            made.rename(final)
        except OSError:
            if not (final / MANIFEST).is_file():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def origin_of(folder: Path) -> Origin | None:
    """Where the app in a folder was pulled from; None for one of one's own."""
    try:
        read = json.loads((folder / ORIGIN).read_bytes())
        return Origin(str(read["reference"]), str(read["digest"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
