"""Runs build steps: side by side as far as they do not need each other."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from graphlib import TopologicalSorter
from pathlib import Path

from atoll import toolchain
from atoll.app import App
from atoll.build.finishing import finish
from atoll.build.inputs import Records
from atoll.build.steps import Step
from atoll.build.world import lacking
from atoll.errors import AtollError, UserError, raise_all


class Status(Enum):
    """What becomes of a step."""

    BUILDING = "building"
    BUILT = "built"
    FAILED = "failed"
    CURRENT = "current"
    """What it makes is there already."""
    LEFT = "left"
    """It is not begun, as one failed that it needs."""


@dataclass(frozen=True, slots=True)
class Report:
    """What becomes of a step.

    `said` is what its commands printed; `before` and `after` are the output's bytes, where there was one. `lacks` are
    the keys of the manifest that it would need for all that it imports.
    """

    step: Step
    status: Status
    seconds: float = 0.0
    said: bytes = b""
    before: int | None = None
    after: int | None = None
    problem: AtollError | None = None
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to build: so many steps at a time, by default one a core; by force also those that are current.

    With `keeps`, what commands print is kept until they end even where one has the terminal for itself.
    """

    jobs: int | None = None
    force: bool = False
    keeps: bool = False


def run(app: App, steps: Sequence[Step], tell: Callable[[Report], None], way: Way = Way()) -> None:
    """Run steps of the app, but for those whose output is current.

    `tell` is called by this thread. What commands print is kept until their step ends, unless there is only one: that
    has the terminal. Raises UserError or Problems with all that failed, once everything that could be built is.
    """
    with Records(app.base).alone() as records:
        raise_all(_all(app, steps, records, tell, way))


def _all(
    app: App, steps: Sequence[Step], records: Records, tell: Callable[[Report], None], way: Way
) -> list[AtollError]:
    """Everything that went wrong."""
    by_name, problems = {step.component: step for step in steps}, list[AtollError]()
    order = TopologicalSorter({step.component: step.after for step in steps})
    order.prepare()
    running: dict[Future[Report], Step] = {}
    left = {*by_name}
    with ThreadPoolExecutor(way.jobs or os.cpu_count() or 1, thread_name_prefix="build") as pool:
        while (ready := order.get_ready()) or running:
            for step in [by_name[name] for name in ready]:
                left.remove(step.component)
                if not way.force and records.is_current(step):
                    tell(Report(step, Status.CURRENT, after=_size(step.output)))
                    order.done(step.component)
                else:
                    tell(Report(step, Status.BUILDING))
                    running[pool.submit(_build, app, step, records, len(steps) == 1 and not way.keeps)] = step
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                step, report = running.pop(future), future.result()
                tell(report)
                if report.problem is None:
                    order.done(step.component)
                else:
                    problems.append(report.problem)
    for name in sorted(left):
        tell(Report(by_name[name], Status.LEFT))
    return problems


def _build(app: App, step: Step, records: Records, has_terminal: bool) -> Report:
    began, before, said = time.monotonic(), _size(step.output), bytearray()
    problem: AtollError | None = None
    lacks: tuple[str, ...] = ()
    try:
        record = records.before(step)
        records.forget(step)
        for command in step.commands:
            _run(step, command, said, has_terminal)
        lacks = _lacking(app, step)
        finish(app, step)
        records.keep(step, record)
    except AtollError as error:
        problem = error
        problem.add_note(said.decode(errors="replace"))
    status = Status.FAILED if problem else Status.BUILT
    return Report(step, status, time.monotonic() - began, bytes(said), before, _size(step.output), problem, lacks)


def _run(step: Step, command: str, said: bytearray, has_terminal: bool) -> None:
    """Run a command, and add what it prints to what was said."""
    if not step.folder.is_dir():
        raise UserError(
            "build-folder-missing",
            f"component `{step.component}`: there is no folder `{step.folder}` to build it in",
            "mend `workdir`",
            location=step.place,
        )
    ended = subprocess.run(
        command,
        shell=True,
        cwd=step.folder,
        # Some of the toolchains' commands are run by the atoll that builds.
        env={**os.environ, "PATH": toolchain.search_path(), "ATOLL_PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        # What a build makes is a file; what it prints is for people.
        stdout=sys.stderr.fileno() if has_terminal else subprocess.PIPE,
        stderr=None if has_terminal else subprocess.STDOUT,
        check=False,
    )
    said += ended.stdout or b""
    if ended.returncode != 0:
        raise _failure(step, command, ended.returncode)


def _lacking(app: App, step: Step) -> tuple[str, ...]:
    if step.output is None:
        return ()
    if not step.output.exists():
        raise UserError(
            "build-output-missing",
            f"component `{step.component}`: its build went well, and made no `{step.output.name}`",
            "`source` must name the file that the build makes",
            location=step.source,
        )
    return lacking(app, step.component, step.output)


def _failure(step: Step, command: str, code: int) -> UserError:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    # A shell's own codes: no such program, and one that cannot be run.
    hint = _toolchain(command) if code in (126, 127) else "what it said stands above"
    return UserError("build-failed", f"component `{step.component}`: `{command}` {how}", hint, location=step.place)


def _toolchain(command: str) -> str:
    """What to do where a program of the command is not there."""
    programs = sorted(toolchain.programs(command), key=toolchain.missing, reverse=True)
    for program in programs:
        name = toolchain.providing(program)
        if name is not None:
            return f"`{program}` comes with `atoll toolchain install {name}`"
    return "is its toolchain installed?"


def _size(output: Path | None) -> int | None:
    try:
        return output.stat().st_size if output is not None else None
    except OSError:
        return None
