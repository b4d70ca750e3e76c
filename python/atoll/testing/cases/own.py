"""Tests of a component in its own language: a command that is run in the sandbox, or commands of the machine."""

import glob
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from atoll import toolchain
from atoll.build import Report, Step, Way, run
from atoll.build.inputs import Records
from atoll.errors import AtollError, Location, UserError, render
from atoll.manifest.model import ComponentTest
from atoll.testing.cases.commands import Ended, run_guest
from atoll.testing.cases.counting import counted
from atoll.testing.cases.finding import Own
from atoll.testing.cases.guest import guest_of
from atoll.testing.cases.model import Before
from atoll.testing.cases.outcomes import Difference, Outcome
from atoll.testing.journal import Line
from atoll.testing.surroundings import Surroundings

_LAST = 200
"""Lines of its output that are told of one that failed."""


def build(own: Own, tell: Callable[[Report], None]) -> None:
    """Build what tests, unless it is there already. Raises UserError for a build that fails."""
    settings = _settings(own)
    if settings.build is None or settings.source is None:
        return
    commands = (settings.build,) if isinstance(settings.build, str) else tuple(settings.build)
    step = Step(
        component=f"{own.component}.test",
        commands=commands,
        folder=_folder(own),
        watch=tuple(settings.watch),
        output=None,
        after=frozenset(),
        place=_place(own, "build"),
        source=_place(own, "source"),
    )
    made = replace(step, output=own.app.base / settings.source)
    records = Records(own.app.base)
    with records.alone():
        is_current, record = records.is_current(made), records.before(made)
    if not is_current:
        run(own.app, [step], tell, Way(keeps=True))
        with records.alone():
            records.keep(made, record)


def play(own: Own) -> Outcome:
    """Run them. Their output is told where they fail."""
    began = time.monotonic()
    settings, surrounded = _settings(own), ExitStack()
    with surrounded:
        around = Surroundings(own.app.name, surrounded)
        try:
            if settings.command is not None:
                ended = _on_machine(own, settings.command)
            else:
                ended = _in_sandbox(own, settings, around)
        except AtollError as error:
            return _outcome(own, began, [Difference("test", _shown(own), tuple(render(error).split("\n")))])
        found = []
        if ended.code != 0:
            found = [Difference("exit code", _shown(own), (f"expected 0, got {ended.code}",))]
        output = "\n".join(str(line) for line in ended.lines[-_LAST:])
        outcome = _outcome(own, began, found, (("output", output),) if found and output else ())
        return replace(outcome, asked=counted(own.app.name, ended.calls))


def _outcome(own: Own, began: float, found: list[Difference], sections: tuple[tuple[str, str], ...] = ()) -> Outcome:
    return Outcome(
        name=own.component,
        group=f"{_shown(own).partition(':')[0]}, components' own tests",
        status="failed" if found else "passed",
        seconds=time.monotonic() - began,
        place=_shown(own),
        differences=tuple(found),
        sections=sections,
    )


def _on_machine(own: Own, command: str | list[str]) -> Ended:
    lines: list[Line] = []
    for one in [command] if isinstance(command, str) else command:
        ended = subprocess.run(
            one,
            shell=True,
            cwd=_folder(own),
            env={**os.environ, "PATH": toolchain.search_path()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        lines += [
            Line(own.component, line, "stdout", 0) for line in ended.stdout.decode("utf-8", "replace").splitlines()
        ]
        if ended.returncode != 0:
            return Ended(ended.returncode, b"", b"", lines, [])
    return Ended(0, b"", b"", lines, [])


def _in_sandbox(own: Own, settings: ComponentTest, around: Surroundings) -> Ended:
    given = Before()
    with tempfile.TemporaryDirectory(prefix="atoll-test-") as folder:
        guest = replace(guest_of(own.app, own.component, given, Path(folder)), wasm=_newest(own, settings.source or ""))
        for room, labels in (("key_value", guest.key_value), ("sqlite", guest.sqlite)):
            for label in labels:
                around.provide(room, label)
        return run_guest(guest, settings.args, b"", given, around)


def _newest(own: Own, source: str) -> Path:
    """The file, or the newest of those that are like the glob."""
    found = [Path(path) for path in glob.glob(str(own.app.base / source), recursive=True)]
    if not found:
        hint = "mend `source`, or make it: `build`"
        raise UserError("source-missing", f"there is no file {source}", hint, location=_place(own, "source"))
    return max(found, key=lambda path: path.stat().st_mtime_ns)


def _settings(own: Own) -> ComponentTest:
    """As the manifest has them. Raises UserError for what excludes each other."""
    settings = own.app.manifest.component[own.component].tool.atoll
    found = settings.test if settings is not None else None
    if found is None or (found.source is None) == (found.command is None):
        raise UserError(
            "manifest-value-invalid",
            f"the tests of component `{own.component}` have either `source` or `command`",
            "`source` is a wasm file that is run in the sandbox, `command` tests by itself",
            location=_place(own),
        )
    return found


def _folder(own: Own) -> Path:
    return own.app.base / (_settings(own).workdir or "")


def _place(own: Own, *key: str) -> Location | None:
    return own.app.locate(own.component, ".".join(("tool.atoll.test", *key)))


def _shown(own: Own) -> str:
    place = _place(own)
    return f"{place.file}:{place.line}" if place else str(own.app.file)
