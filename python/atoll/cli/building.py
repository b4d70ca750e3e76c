"""Builds an app and shows how it goes."""

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import click

from atoll.app import App
from atoll.build import Report, Status, Way, run, steps

_TICK = 0.1
_TURNING = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ERASE = "\r\x1b[2K"
_COLOURS = {Status.BUILT: "green", Status.FAILED: "red", Status.LEFT: "yellow"}

Tell = Callable[[Report], None]


def build(app: App, chosen: Collection[str], way: Way, *, as_json: bool = False, only_changes: bool = False) -> None:
    """Build the chosen components, or all; what is current need not be told.

    Raises UserError or Problems with everything that failed.
    """
    todo = steps(app, chosen)
    if not todo and not only_changes:
        click.echo(f"{app.name}: no component has a build command", err=True)
    # A single step has the terminal for itself.
    with _for_programs() if as_json else _for_people(is_live=len(todo) > 1 and sys.stderr.isatty()) as tell:
        run(app, todo, _but_current(tell) if only_changes else tell, way)


@contextmanager
def changes() -> Iterator[Tell]:
    """Tells on standard error what is built meanwhile, but for what is current."""
    with _for_people(is_live=False) as tell:
        yield _but_current(tell)


def _but_current(tell: Tell) -> Tell:
    def told(report: Report) -> None:
        if report.status is not Status.CURRENT:
            tell(report)

    return told


@contextmanager
def _for_people(is_live: bool) -> Iterator[Tell]:
    """A line each on standard error. Where it is live, the last one says what is being built, and for how long."""
    shown = _Shown(is_live)
    try:
        yield shown.tell
    finally:
        shown.end()


@contextmanager
def _for_programs() -> Iterator[Tell]:
    """A line of JSON on standard output for each component, at its end."""
    yield _tell_program


def _tell_program(report: Report) -> None:
    if report.said:
        click.echo(_text(report.said), err=True)
    if report.status is not Status.BUILDING:
        record = {"component": report.step.component, "status": report.status.value}
        click.echo(json.dumps({**record, "seconds": round(report.seconds, 3), "size": report.after}))


class _Shown:
    def __init__(self, is_live: bool) -> None:
        self._is_live = is_live
        self._building: dict[str, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._turn, name="progress", daemon=True)
        if is_live:
            self._thread.start()

    def end(self) -> None:
        """No line is left behind."""
        self._over.set()
        if self._is_live:
            self._thread.join()
            self._line("")

    def tell(self, report: Report) -> None:
        """Say what has become of the step."""
        status, component = report.status, report.step.component
        with self._lock:
            if status is Status.BUILDING:
                self._building[component] = time.monotonic()
                if self._is_live:
                    return
            else:
                self._building.pop(component, None)
            self._line("")
            if report.said:
                click.echo(_text(report.said), err=True)
            what = click.style(f"{status.value:>8}", fg=_COLOURS.get(status), bold=True)
            click.echo(f"{what} {component}  {', '.join(_facts(report))}".rstrip(), err=True)
            if report.lacks:
                click.echo(f"{'':8} {component} imports more than it is granted: {', '.join(report.lacks)}", err=True)

    def _line(self, text: str) -> None:
        """The last line of a terminal, which the next one replaces."""
        if self._is_live:
            click.echo(_ERASE + text, nl=False, err=True)

    def _turn(self) -> None:
        turns = 0
        while not self._over.wait(_TICK):
            with self._lock:
                if self._building:
                    longest = time.monotonic() - min(self._building.values())
                    names = ", ".join(self._building)
                    columns = shutil.get_terminal_size().columns - 1
                    self._line(f"{_TURNING[turns % len(_TURNING)]} {names}  {longest:.0f} s"[:columns])
            turns += 1


def _facts(report: Report) -> Iterator[str]:
    match report.status:
        case Status.BUILDING:
            yield "; ".join(report.step.commands)
        case Status.LEFT:
            yield "it needs what could not be built"
        case Status.BUILT | Status.FAILED:
            yield f"{report.seconds:.1f} s"
    if report.after is not None and report.problem is None:
        change = report.after - (report.after if report.before is None else report.before)
        grown = f" ({'+' if change > 0 else '-'}{_size(abs(change))})" if change else ""
        yield _size(report.after) + grown


def _text(said: bytes) -> str:
    """What a compiler said, as it said it."""
    return said.decode("utf-8", "replace").rstrip("\n")


def _size(count: int) -> str:
    for unit, bytes_of in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= bytes_of:
            return f"{count / bytes_of:.1f} {unit}"
    return f"{count} B"
