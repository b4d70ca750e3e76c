"""What one test is played in: its app if requests are sent, stores that its steps share, files, what guests wrote."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from atoll.testing import granted
from atoll.testing.calls import HostCall
from atoll.testing.cases.apps import Apps, Opened
from atoll.testing.cases.contents import fill, labels
from atoll.testing.cases.counting import Asked, counted
from atoll.testing.cases.guest import Guest, guest_of
from atoll.testing.cases.model import Test
from atoll.testing.cases.read import TestFile
from atoll.testing.cases.values import content
from atoll.testing.journal import Line
from atoll.testing.options import AppOptions
from atoll.testing.surroundings import Surroundings

_PLUGIN_ROOMS = ("key_value", "sqlite")


class Scene:
    """All of it for one test, until the block ends.

    opened: the app, where a step sends requests. stores: what holds what guests store. folder: the files of commands
    and plugins. lines: what these wrote; an app's lines are its own. calls: what was asked of the host.
    """

    opened: Opened | None = None
    stores: Surroundings

    def __init__(self, file: TestFile, test: Test, source: Path, apps: Apps) -> None:
        self.file = file
        self.test = test
        self._app = apps.read(source)
        self._lines: list[Line] = []
        self._calls: list[HostCall] = []
        self._guests: dict[str | None, Guest] = {}
        self._folder: Path | None = None
        steps = test.step or [test]
        self._has_files = bool(test.given.files) or any(one.expect.files is not None for one in (test, *steps))
        with ExitStack() as resources:
            self._resources = resources
            if any(step.request is not None for step in steps):
                self.opened = resources.enter_context(apps.opened(source, file, test.given, test.outbound))
                self.stores = self.opened.around
            else:
                self.stores = self._plain_stores()
            self._resources = resources.pop_all()

    @property
    def folder(self) -> Path:
        """The folder that commands and plugins find as `/`."""
        if self._folder is None:
            self._folder = self._scratch()
            self._write_files(self._folder)
        return self._folder

    @property
    def files(self) -> dict[str, bytes]:
        """The files in it, by name."""
        found = [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    @property
    def lines(self) -> list[Line]:
        """What guests wrote so far."""
        return [*(self.opened.around.log if self.opened else ()), *self._lines]

    @property
    def calls(self) -> list[HostCall]:
        """What was asked of virtual capabilities and the app's own interfaces so far."""
        return [*(self.opened.around.calls if self.opened else ()), *self._calls]

    @property
    def asked(self) -> Asked:
        """The same, counted, with outbound requests."""
        return counted(self.stores.name, self.calls, self.opened.mocked.requests if self.opened else ())

    def guest(self, component: str | None) -> Guest:
        """A component of the app, or its only one, with the files of the test. Raises what `guest_of` raises."""
        if component not in self._guests:
            found = guest_of(self._app, component, self.test.given, self._scratch())
            if self._has_files:
                if "/" in found.folders:
                    shutil.copytree(found.folders["/"], self.folder, dirs_exist_ok=True)
                    self._write_files(self.folder)
                others = {path: folder for path, folder in found.folders.items() if path != "/"}
                found = replace(found, folders=others, root=self.folder)
            self._guests[component] = found
        return self._guests[component]

    def heard(self, lines: list[Line], calls: list[HostCall]) -> None:
        """What a command or plugin wrote and asked."""
        self._lines += lines
        self._calls += calls

    def sections(self) -> tuple[tuple[str, str], ...]:
        """What a report shows beside the differences, by title."""
        around = self.opened.around if self.opened is not None else None
        told = {title.partition(" of ")[0]: text for title, text in (around.sections() if around else ())}
        if around is not None and "network" in told:
            hosts = ", ".join(sorted(around.withheld))
            told["network"] = f"in a test nobody reaches {hosts}: see `given.network`, or [[test.outbound]] for HTTP"
        more = {"host calls": [str(call) for call in self._calls], "guest log": [str(line) for line in self._lines]}
        for title, lines in more.items():
            if lines:
                told[title] = "\n".join([*([told[title]] if title in told else []), *lines])
        return tuple(told.items())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._resources.__exit__(*error)

    def _scratch(self) -> Path:
        return Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="atoll-test-")))

    def _write_files(self, folder: Path) -> None:
        for name, written in self.test.given.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content(written, self.file.path.parent))

    def _plain_stores(self) -> Surroundings:
        app = self._app
        made = Surroundings(app.name, self._resources)
        named = labels(self.test.given) if app.is_bare else granted.labels(app, AppOptions())
        for room in _PLUGIN_ROOMS:
            for label in dict.fromkeys(named[room]):
                made.provide(room, label)
        fill(made, self.test.given, self.file.path.parent)
        return made
