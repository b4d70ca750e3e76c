"""Values of a JSON or TOML file, which may change while the app runs."""

import json
import time
import tomllib
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, ClassVar

from msgspec import Struct

from atoll.capabilities.provider import Place
from atoll.capabilities.variables.provider import BackendFailed, checked
from atoll.files import TooLarge, read_bounded
from atoll.manifest.fields import Doc

GRACE_SECONDS = 10
_MOST_BYTES = 16 << 20
_TICK_NS = 50_000_000


class FileConfig(Struct, kw_only=True):
    """The keys beside `type = "file"`."""

    path: Annotated[
        str, Doc("A .json or .toml file of names and values, relative to the config file; it is read again on change.")
    ]


class File:
    """Has the values that the file holds now.

    Whoever rewrites the file in place leaves it broken for a moment: the values before it hold for GRACE_SECONDS,
    then the file's fault is told.
    """

    Config: ClassVar[type[Struct]] = FileConfig
    quick: ClassVar[bool] = True

    def __init__(self, config: FileConfig, place: Place | None = None) -> None:
        self._path = (place.config if place else Path()) / config.path
        if self._path.suffix not in _READERS:
            raise ValueError(f"the name of the file of variables must end in .json or .toml: {config.path}")
        self._lock = Lock()
        self._values: dict[str, str] = {}
        self._mark: tuple[int, ...] = ()
        self._read_at = float("-inf")

    def get(self, name: str) -> str | None:
        """The value under this name. Raises BackendFailed where the file is missing or cannot be understood."""
        checked(name)
        with self._lock:
            try:
                self._read_if_changed()
            except BackendFailed:
                if time.monotonic() - self._read_at > GRACE_SECONDS:
                    raise
            return self._values.get(name)

    def _read_if_changed(self) -> None:
        try:
            found = self._path.stat()
            mark = (found.st_mtime_ns, found.st_size, found.st_ino)
            if mark != self._mark:
                self._values = self._read()
                # A second change within the clock's tick would leave the same mark: such a file is read once more.
                self._mark = mark if time.time_ns() - found.st_mtime_ns > _TICK_NS else ()
        except OSError as error:
            raise self._failed(error.strerror or "it cannot be read") from None
        self._read_at = time.monotonic()

    def _read(self) -> dict[str, str]:
        try:
            content = read_bounded(self._path, _MOST_BYTES)
        except TooLarge:
            raise self._failed("it is larger than 16 MiB") from None
        try:
            data = _READERS[self._path.suffix](content.decode())
        except (ValueError, RecursionError) as error:
            raise self._failed(f"it cannot be understood ({type(error).__name__})") from None
        if not isinstance(data, dict):
            raise self._failed("it must hold names and values")
        return {name: self._text(name, value) for name, value in data.items()}

    def _text(self, name: str, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise self._failed(f"the value of `{name}` must be a string")

    def _failed(self, reason: str) -> BackendFailed:
        return BackendFailed(f"the file of variables {self._path.name} cannot be used: {reason}")


_READERS: dict[str, Any] = {".json": json.loads, ".toml": tomllib.loads}
