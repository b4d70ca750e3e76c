"""Whether a component has to be built again: what its last build read, and what it made.

A record lies in `.spin/build` beside the manifest. Files whose size and time are those of the record count as
unchanged; of the others the content is looked at, so that a checkout or a `touch` makes no new build.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

from atoll import toolchain
from atoll.build.steps import Step
from atoll.errors import UserError
from atoll.files import replace
from atoll.lock import glob
from atoll.manifest.model import BuildSettings


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was: bytes, nanoseconds, and the digest of its content."""

    size: int
    time: int
    digest: str


class Record(msgspec.Struct, frozen=True):
    """What a build was made of. Paths are those of the machine it ran on."""

    commands: tuple[str, ...]
    finish: BuildSettings
    folder: str
    tools: dict[str, tuple[int, int]]
    inputs: dict[str, Seen]
    output: Seen | None


class Records:
    """The records of an app's builds, in a folder of their own."""

    def __init__(self, base: Path) -> None:
        self._folder = base / ".spin" / "build"

    @contextmanager
    def alone(self) -> Iterator[Self]:
        """Whoever else builds the same app meanwhile waits, and then finds what was made. Raises UserError."""
        lock = self._folder / "lock"
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.touch()
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield self

    def is_current(self, step: Step) -> bool:
        """Whether a build would make what is there already. Without globs to watch nobody can know."""
        last = self._read(step)
        if (
            last is None
            or last.commands != step.commands
            or last.finish != step.finish
            or last.folder != str(step.folder)
            or not step.watch
        ):
            return False
        if step.output is None or last.output is None or not _same(str(step.output), last.output):
            return False
        if last.tools != _tools(step):
            return False
        return set(last.inputs) == set(sources(step)) and all(_same(path, seen) for path, seen in last.inputs.items())

    def before(self, step: Step) -> Record:
        """What a build that begins now is made of. Whatever changes while it runs makes another one necessary."""
        last = self._read(step)
        known = last.inputs if last is not None else {}
        inputs = {path: _seen(path, known.get(path)) for path in sources(step)}
        found = {path: seen for path, seen in inputs.items() if seen is not None}
        return Record(step.commands, step.finish, str(step.folder), _tools(step), found, None)

    def keep(self, step: Step, record: Record) -> None:
        """The build has ended well. Raises UserError where that cannot be written down."""
        output = _seen(str(step.output)) if step.output is not None else None
        with self._writing():
            replace(self._file(step), msgspec.json.encode(msgspec.structs.replace(record, output=output)))

    def forget(self, step: Step) -> None:
        """A build begins: if it does not end well, the next one is not spared. Raises UserError."""
        with self._writing():
            self._file(step).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(
                "build-records-unwritable",
                f"what was built cannot be noted in `{self._folder}`: {error.strerror}",
                "builds are noted beside the manifest; let the folder be written to",
            ) from None

    def _file(self, step: Step) -> Path:
        return self._folder / f"{step.component}.json"

    def _read(self, step: Step) -> Record | None:
        try:
            return msgspec.json.decode(self._file(step).read_bytes(), type=Record)
        except (OSError, msgspec.MsgspecError):
            return None


def sources(step: Step) -> list[str]:
    """The files that the step watches; not what it makes itself."""
    found = {str(step.folder / path) for pattern in step.watch for path in glob.find(step.folder, pattern)}
    return sorted(found - {str(step.output)})


def _same(path: str, last: Seen) -> bool:
    try:
        now = os.stat(path)
    except OSError:
        return False
    if (now.st_size, now.st_mtime_ns) == (last.size, last.time):
        return True
    return now.st_size == last.size and _digest(path) == last.digest


def _seen(path: str, last: Seen | None = None) -> Seen | None:
    """The file as it is now; None where it is gone."""
    try:
        now = os.stat(path)
        if last is not None and (now.st_size, now.st_mtime_ns) == (last.size, last.time):
            return last
        return Seen(now.st_size, now.st_mtime_ns, _digest(path))
    except OSError:
        return None


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tools(step: Step) -> dict[str, tuple[int, int]]:
    """Size and time of each program that a command begins: another version is another file."""
    names = {name for command in step.commands for name in toolchain.programs(command)}
    return dict(_tool(name) for name in sorted(names))


def _tool(name: str) -> tuple[str, tuple[int, int]]:
    found = shutil.which(name, path=toolchain.search_path())
    if found is None:
        return name, (0, 0)
    status = os.stat(found)
    return os.path.realpath(found), (status.st_size, status.st_mtime_ns)
