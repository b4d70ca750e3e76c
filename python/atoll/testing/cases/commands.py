"""A run of a command in a test.

What needs no more than WASI is run as `atoll run` runs it, by another process, with its output as it is. What asks
virtual capabilities, the test's clock or its numbers is run in this one; there its output is kept by lines.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from atoll.embed import CallFailed, GuestError
from atoll.errors import AtollError, UserError
from atoll.testing.calls import HostCall
from atoll.testing.cases import matching
from atoll.testing.cases.guest import Guest, Stores
from atoll.testing.cases.model import Before, Run
from atoll.testing.cases.outbound import Said
from atoll.testing.cases.scene import Scene
from atoll.testing.cases.values import content
from atoll.testing.journal import Line

_DEADLINE = "60s"
_WASI = frozenset({"logging", "otel"})
"""Rooms that every command has."""

_OWN = ("wasi:cli/environment", "wasi:cli/exit")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    stdout: bytes
    stderr: bytes
    lines: list[Line]
    calls: list[HostCall]


def run(wanted: Run, scene: Scene) -> Iterator[Said]:
    """How what the command gives differs from what is expected."""
    folder = scene.file.path.parent
    stdin = content(wanted.stdin, folder) if wanted.stdin is not None else b""
    try:
        guest = scene.guest(wanted.component)
        ended = run_guest(guest, wanted.args, stdin, scene.test.given, scene.stores)
    except AtollError as error:
        yield (), [str(error), *([f"hint: {error.hint}"] if error.hint else [])]
        return
    scene.heard(ended.lines, ended.calls)
    if ended.code != wanted.exit_code:
        yield ("exit-code",), [f"expected {wanted.exit_code}, got {ended.code}"]
    for name, expected, got in (("stdout", wanted.stdout, ended.stdout), ("stderr", wanted.stderr, ended.stderr)):
        if expected is not None and (said := matching.texts(expected, got, folder)):
            yield (name,), said


def run_guest(guest: Guest, args: Sequence[str], stdin: bytes, given: Before, stores: Stores) -> Ended:
    """Run a command to its end. Raises UserError where it cannot start, and for what it cannot be given."""
    is_component = guest.inspected.form == "component"
    needs = [*sorted(guest.rooms - _WASI)]
    needs += [name for name in ("clock", "random") if getattr(given, name) is not None]
    if not needs:
        return _beside(guest, args, stdin, given)
    if not is_component:
        raise _cannot(f"a core module has no part in {' and '.join(needs)} of a test: make a component of it")
    if stdin:
        raise _cannot(f"a command that uses {' and '.join(needs)} has no standard input in a test")
    return _here(guest, args, given, stores)


def _cannot(why: str) -> UserError:
    return UserError("test-run-impossible", why)


def _beside(guest: Guest, args: Sequence[str], stdin: bytes, given: Before) -> Ended:
    options = [f"--dir={host}::{path}:ro" for path, host in guest.folders.items()]
    options += [f"--dir={guest.root}::/"] if guest.root is not None else []
    environment = {**guest.environment, **given.environment}
    options += [f"--env={name}={value}" for name, value in environment.items()]
    options += [f"--allow-net={host}" for host in guest.network]
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "atoll", "run", f"--deadline={_DEADLINE}", *options, str(guest.wasm), "--", *args],
        input=stdin,
        capture_output=True,
        env=os.environ,
        check=False,
    )
    lines = [*_lines(guest, "stdout", ended.stdout), *_lines(guest, "stderr", ended.stderr)]
    return Ended(ended.returncode, ended.stdout, ended.stderr, lines, [])


def _lines(guest: Guest, stream: str, written: bytes) -> list[Line]:
    text = written.decode("utf-8", "replace")
    return [Line(guest.name, line, stream, 0) for line in text.splitlines()]


def _here(guest: Guest, args: Sequence[str], given: Before, stores: Stores) -> Ended:
    environment = {**guest.environment, **given.environment}
    own: dict[str, Any] = {_OWN[0]: _Environment([guest.name, *args], environment), _OWN[1]: _Exit()}
    imports = {one.name.partition("@")[0] for one in guest.inspected.imports}
    with guest.loaded(given, stores, {name: host for name, host in own.items() if name in imports}) as plugin:
        failed: str | None = None
        try:
            plugin.run.run()
            code = 0
        except GuestError:
            code = 1
        except CallFailed as error:
            code, failed = (error.__cause__.code, None) if isinstance(error.__cause__, _Left) else (1, str(error))
        lines = [*plugin.log]
        told = [Line(guest.name, f"error: {failed}", "stderr", 40)] if failed else []
        calls = [call for call in plugin.calls if call.interface not in _OWN]
        of = {stream: _written(lines + told, stream) for stream in ("stdout", "stderr")}
        return Ended(code, of["stdout"], of["stderr"], lines + told, calls)


def _written(lines: list[Line], stream: str) -> bytes:
    return "".join(f"{line.text}\n" for line in lines if line.stream == stream).encode()


class _Left(Exception):
    """The command ends itself."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Exit:
    """Answers `wasi:cli/exit`, of all versions."""

    def exit(self, status: Any) -> NoReturn:
        """Ended well, or not."""
        raise _Left(0 if type(status).__name__ == "Ok" else 1)

    def exit_with_code(self, status_code: int) -> NoReturn:
        """Ended with a code."""
        raise _Left(status_code)


class _Environment:
    """Answers `wasi:cli/environment`, of all versions."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environment = environment

    def get_arguments(self) -> list[str]:
        """With the program's name."""
        return self._arguments

    def get_environment(self) -> list[tuple[str, str]]:
        """All variables."""
        return [*self._environment.items()]

    def initial_cwd(self) -> None:
        """There is none."""

    get_initial_cwd = initial_cwd
