"""Bundles of machine code: one file a component, and a document that names them all by digest and is signed.

Machine code can do whatever the server can. So nothing of a bundle is read before its document has the signature of a
key that the server was given, and each file is held against its digest before it is taken.
"""

import base64
import binascii
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded
from atoll.registry.reference import digest_of
from atoll.registry.trust.keys import PrivateKey, PublicKey

DOCUMENT = "compiled.json"
SIGNATURE = "compiled.sig"
VERSION = 1
_MAX_DOCUMENT_BYTES = 4 << 20
_MAX_CODE_BYTES = 2 << 30


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code of one component: its name in a cache, the kind of engine it is for, and the digest of its file."""

    component: str
    key: str
    tasks: str
    digest: str
    size: int

    @property
    def file(self) -> str:
        """The file's name in the bundle."""
        return f"{self.key}.cwasm"


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All code of an app, for one target. `features` are those that the app switches on."""

    version: int
    app: str
    target: str
    atoll: str
    features: list[str]
    entries: list[Entry]


def write(folder: Path, bundle: Bundle, code: Iterator[tuple[Entry, bytes]], key: PrivateKey) -> None:
    """Write a bundle into a folder that is empty or not there. Raises UserError `output-unwritable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UserError("output-unwritable", f"{folder} is not empty", "name a new folder")
        for entry, content in code:
            (folder / entry.file).write_bytes(content)
        document = msgspec.json.format(msgspec.json.encode(bundle))
        # The signature is last: without it nothing of the rest is taken.
        (folder / DOCUMENT).write_bytes(document)
        (folder / SIGNATURE).write_bytes(base64.b64encode(key.sign(document)) + b"\n")
    except OSError as error:
        raise UserError("output-unwritable", f"{folder} cannot be written: {error.strerror}") from None


def entry_of(component: str, key: str, tasks: str, code: bytes) -> Entry:
    """Describe the code of a component."""
    return Entry(component, key, tasks, digest_of(code), len(code))


class Opened:
    """A bundle whose document one of the keys has signed."""

    def __init__(self, folder: Path, keys: list[PublicKey]) -> None:
        """Raises UserError `compiled-invalid` for a bundle that none of the keys has signed, or that is none."""
        self._folder = folder
        document = self._read(DOCUMENT, _MAX_DOCUMENT_BYTES)
        try:
            signature = base64.b64decode(self._read(SIGNATURE, _MAX_DOCUMENT_BYTES).strip(), validate=True)
        except (binascii.Error, ValueError):
            raise self._invalid(f"{SIGNATURE} is not base64") from None
        if not any(key.verifies(signature, document) for key in keys):
            named = ", ".join(key.name for key in keys) or "no key, for none was given"
            raise self._invalid(f"it is not signed by {named}")
        try:
            self.bundle = msgspec.json.decode(document, type=Bundle)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise self._invalid(f"{DOCUMENT} cannot be read: {error}") from None
        if self.bundle.version != VERSION:
            raise self._invalid(f"its version is {self.bundle.version}, and this atoll knows {VERSION}")

    def code(self, entry: Entry) -> bytes:
        """The code of a component, verified. Raises UserError `compiled-invalid`."""
        if os.path.basename(entry.file) != entry.file:
            raise self._invalid(f"it names a file `{entry.file}`")
        content = self._read(entry.file, _MAX_CODE_BYTES)
        if len(content) != entry.size or digest_of(content) != entry.digest:
            raise self._invalid(f"{entry.file} is not what was signed")
        return content

    def _read(self, name: str, most: int) -> bytes:
        try:
            return read_bounded(self._folder / name, most)
        except OSError as error:
            raise self._invalid(f"{name} cannot be read: {error.strerror}") from None
        except TooLarge:
            raise self._invalid(f"{name} has more than {most} bytes") from None

    def _invalid(self, why: str) -> UserError:
        return UserError(
            "compiled-invalid",
            f"what was compiled in {self._folder} is not taken: {why}",
            "compile it anew with `atoll compile`, or name the key of whoever did",
        )
