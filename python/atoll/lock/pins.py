"""`atoll.lock`: the versions of packages that an app was locked to, by digest, beside its manifest.

As long as a manifest asks for the same, the same bytes are used, whatever a registry has by then.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import tomli_w

from atoll.errors import UserError
from atoll.files import replace
from atoll.manifest.toml import Toml, with_line

FILE = "atoll.lock"
_VERSION = 1
_HEAD = "# Written by atoll: the versions of packages that this app was locked to. Keep it under version control.\n"


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """What a requirement was locked to. `registry` is that of the app's manifest, or empty; the rest is what was found.

    `digest` is that of the wasm file, `manifest` that of the artifact that holds it, which is what gets signed.
    """

    package: str
    requirement: str
    registry: str
    version: str
    location: str
    digest: str
    manifest: str

    @property
    def wanted(self) -> tuple[str, str, str]:
        """What the manifest says."""
        return (self.package, self.requirement, self.registry)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    package: list[Pin] = msgspec.field(default_factory=list)


class Pins:
    """Those of one app. May be used by several threads; `save` is called once, at the end."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._old: dict[tuple[str, str, str], Pin] | None = None
        self._used: dict[tuple[str, str, str], Pin] = {}

    def find(self, package: str, requirement: str, registry: str, resolve: Callable[[], Pin]) -> Pin:
        """What was locked, or else what `resolve` finds now. Raises UserError `lock-invalid` for an unreadable file."""
        wanted = (package, requirement, registry)
        with self._lock:
            if self._old is None:
                self._old = {pin.wanted: pin for pin in self._read()}
            pin = self._old.get(wanted)
        pin = pin or resolve()
        with self._lock:
            return self._used.setdefault(wanted, pin)

    def save(self) -> None:
        """Write the file if anything was found anew. Raises UserError `lock-unwritable`."""
        old = self._old or {}
        if all(old.get(wanted) == pin for wanted, pin in self._used.items()):
            return
        named = {package for package, *_ in self._used}
        # A run may have selected some components only: what it did not ask for stays.
        kept = [pin for pin in old.values() if pin.package not in named]
        self._write([*kept, *self._used.values()])

    def _read(self) -> list[Pin]:
        try:
            toml = Toml.from_file(self._path)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._invalid(f"it cannot be read: {error.strerror}") from None
        except UserError as error:
            raise self._invalid(with_line(error)) from None
        try:
            read = msgspec.convert(toml.data, type=_File)
        except msgspec.ValidationError as error:
            raise self._invalid(str(error)) from None
        if read.version != _VERSION:
            raise self._invalid(f"its version is {read.version}, and this atoll knows {_VERSION}")
        return read.package

    def _write(self, pins: Iterable[Pin]) -> None:
        text = _HEAD + tomli_w.dumps({"version": _VERSION, "package": [asdict(pin) for pin in sorted(pins)]})
        try:
            replace(self._path, text.encode(), mode=0o644, lasting=True)
        except OSError as error:
            raise UserError(
                "lock-unwritable",
                f"{self._path} cannot be written: {error.strerror}",
                "run `atoll check` once where it can be written, and deploy the file with the manifest",
            ) from None

    def _invalid(self, why: str) -> UserError:
        return UserError("lock-invalid", f"{self._path} cannot be used: {why}", "restore it, or remove it to lock anew")
