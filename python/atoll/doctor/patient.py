"""A manifest under examination, as it is or as it would be, and the surroundings in which it is to run."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from atoll.app import App, is_serverless, serverless_document
from atoll.build.steps import Step, steps
from atoll.doctor.diagnosis import Edit, Rewrite
from atoll.errors import AtollError, Location, Problems, UserError
from atoll.host import inspect
from atoll.host.inspected import Inspected
from atoll.manifest.document import Document
from atoll.manifest.model import Trigger
from atoll.manifest.positions import Path as KeyPath
from atoll.manifest.text import read_manifest
from atoll.manifest.toml import Toml
from atoll.runtime import config as runtime_config

_Known = dict[tuple[str, int, int], Inspected | AtollError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where the app is to run: what `atoll up` would be given."""

    listen: str = "127.0.0.1:3000"
    runtime_config: Path | None = None
    folder: Path = field(default_factory=Path.cwd)


class Patient:
    """One manifest. What cannot be read of it is in `problems`; then there is no `toml`, or no `app`."""

    def __init__(
        self, file: Path, shown: str, content: bytes, around: Surroundings, known: _Known | None = None
    ) -> None:
        self.file = file
        self.base = file.parent
        self.shown = shown
        self.content = content
        self.around = around
        self._known: _Known = {} if known is None else known
        self.problems: list[AtollError] = []
        self.toml: Toml | None = None
        self.app: App | None = None
        try:
            if is_serverless(file):  # nothing of it is rewritten: it belongs to other platforms, too
                document = serverless_document(content, file, shown)
            else:
                self.toml = Toml.from_bytes(content, shown)
                document = Document.settled(content, shown)
        except Problems as several:
            self.problems += several.problems
        except UserError as one:
            self.problems.append(one)
        else:
            self.app = App(document, file)

    @classmethod
    def of(cls, file: Path, shown: str, around: Surroundings) -> "Patient":
        """The manifest in that file. Raises UserError if it cannot be read at all."""
        try:
            content = read_manifest(file, shown)
        except OSError as error:
            raise UserError("manifest-unreadable", f"{shown} cannot be read: {error.strerror}") from None
        return cls(file, shown, content, around)

    def with_text(self, text: str) -> "Patient":
        """The same with another text."""
        return Patient(self.file, self.shown, self._as_written(text).encode(), self.around, self._known)

    @property
    def text(self) -> str:
        """The manifest's text, its lines ended by `\\n`; empty where it is no text."""
        return self.toml.text if self.toml is not None else ""

    def locate(self, path: KeyPath, *, key: bool = False) -> Location | None:
        """Where the manifest says it."""
        return self.app.document.location(path, key=key) if self.app is not None else None

    def rewritten(self, path: KeyPath, text: str) -> Rewrite | None:
        """Another text for the value at a path; None where nobody wrote one."""
        span = self.app.document.origins.span(path) if self.app is not None else None
        return Rewrite((Edit(*span.value, text),)) if span is not None else None

    def local(self, source: object) -> Path | None:
        """The file of a source that is a path."""
        if not isinstance(source, str) or "\0" in source or source.startswith("file:"):
            return None
        return Path(os.path.normpath(self.base / source))

    def wasm(self, component: str) -> Inspected | AtollError | None:
        """What a component's file is; None where it is not there, or not on this machine."""
        assert self.app is not None, "components are those of an app"
        file = self.local(self.app.manifest.component[component].source)
        return self._looked(file) if file is not None and file.is_file() else None

    def _looked(self, file: Path) -> Inspected | AtollError:
        """Looking takes a second for a large guest, and a manifest is examined several times."""
        status = file.stat()
        key = (str(file), status.st_size, status.st_mtime_ns)
        if key not in self._known:
            try:
                self._known[key] = inspect(str(file))
            except AtollError as error:
                self._known[key] = error
        return self._known[key]

    @cached_property
    def config(self) -> "runtime_config.Loaded | AtollError":
        """The operator's settings, or what is wrong with them."""
        try:
            return runtime_config.load(self.around.runtime_config)
        except AtollError as error:
            return error

    def _as_written(self, text: str) -> str:
        """With the line ends and the mark that the file has."""
        mark = "\N{ZERO WIDTH NO-BREAK SPACE}" if self.content.startswith(b"\xef\xbb\xbf") else ""
        ends_in_return = b"\r\n" in self.content and self.content.count(b"\n") == self.content.count(b"\r\n")
        return mark + (text.replace("\n", "\r\n") if ends_in_return else text)


def triggers(app: App) -> Iterator[tuple[KeyPath, Trigger]]:
    """All triggers, each with its path."""
    for kind, many in app.manifest.trigger.items():
        for index, trigger in enumerate(many):
            yield ("trigger", kind, index), trigger


def steps_of(app: App) -> list[Step]:
    """How the app's components are built; none where that cannot be told, which is a finding of its own."""
    try:
        return steps(app)
    except AtollError:
        return []
