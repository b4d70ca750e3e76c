"""The releases of a run: what `up` was asked for, made anew from manifest and files each time the app is reloaded."""

import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from atoll.app import App, find_manifest
from atoll.cache import cache_folders, hold
from atoll.cli.ignored import tell_ignored
from atoll.cli.job import UpOptions, make_job
from atoll.cli.watched import values, watched
from atoll.errors import AtollError
from atoll.host import Job, Problem, raise_problems
from atoll.host.symbols import path_of
from atoll.runtime import config as runtime_config
from atoll.runtime.backends import memory_folder
from atoll.supervisor.changes import Changes, Watched
from atoll.supervisor.release import Release

# Milliseconds: an editor has long written a file by then.
_REST = 30


class Releases:
    """Makes releases. Each has a folder of its own, so that guests of the one before still find their files."""

    def __init__(self, options: UpOptions, folders: "_Folders") -> None:
        self._options = options
        self._folders = folders
        self._watched = Watched()
        self._refused: AtollError | None = None
        self._is_told = False

    def make(self) -> Release:
        """The app as it is now. Raises UserError or Problems with everything that is wrong with it."""
        options = self._options
        folder = self._folders.next()
        try:
            file = options.runtime_config_file
            config = runtime_config.load(Path(file) if file else None)
            app = App.load(options.source, profile=options.profile)
            if not self._is_told:
                self._is_told = True
                tell_ignored(app)
            more = [*([Path(file)] if file else []), *values(app, options.variable, config)]
            if options.watch:
                self._build(app, more)
            job = make_job(app, options, config, folder, self._folders.memory)
        except BaseException:
            self._folders.remove(folder)
            raise
        # A reload keeps its address, and what guests have set since.
        self._options = replace(options, find_free_port=False, key_value=(), sqlite=())

        def refuse(problems: list[Problem]) -> NoReturn:
            try:
                raise_problems(problems, app.locate)
            except AtollError as error:
                self._refused = error
                raise

        if options.reload and not options.watch:
            self._watched = watched(app, more)
        held = hold(_cached(job, options))

        def close() -> None:
            held.close()
            self._folders.remove(folder)

        return Release(job, refuse, close, watched=self._watched)

    def make_patiently(self, tell: Callable[[AtollError], object]) -> Release:
        """As `make`, but what is wrong is told, and waited for to be mended."""
        while True:
            try:
                return self.make()
            except AtollError as error:
                tell(error)
                self.wait()

    def can_be_mended(self, error: AtollError) -> bool:
        """Whether that was the last word about an app, which may be another one soon; its address stays taken."""
        return error is self._refused and getattr(error, "code", None) != "listen-failed"

    def wait(self) -> None:
        """Until something changes of what the last release was made from."""
        changed = threading.Event()
        changes = Changes(changed.set)
        file = find_manifest(Path(self._options.source) if self._options.source else None).absolute()
        changes.watch(self._watched if self._watched.paths else Watched(frozenset({file})))
        try:
            click.echo("atoll: waiting for a change", err=True)
            changed.wait()
        finally:
            changes.close()

    def _build(self, app: App, more: list[Path]) -> None:
        from atoll.build import Way, steps
        from atoll.cli.building import build

        todo = steps(app, self._options.component_id)
        self._watched = watched(app, more, todo, _REST)
        if self._options.clear and sys.stderr.isatty():
            click.clear()
        way = Way(keeps=bool(self._options.ending))
        build(app, self._options.component_id, way, only_changes=True)


def _cached(job: Job, options: UpOptions) -> Iterator[Path]:
    """What a worker that is replaced later reads again from the cache; what can be compiled again is not of it."""
    at = cache_folders(options.cache_dir)
    files = (path_of(component["source"]["source"]) for component in job.locked["components"])
    yield from (file for file in files if file.is_relative_to(at.root))
    if options.never_compile:
        yield at.code


@contextmanager
def releases(options: UpOptions) -> Iterator[Releases]:
    """The releases of a run; their folders are gone when it ends, but for the one that the user named."""
    folders = _Folders(options.temp)
    try:
        yield Releases(options, folders)
    finally:
        folders.close()


class _Folders:
    """Where files are copied to: first the user's folder, which stays; then temporary ones, inside of it."""

    def __init__(self, given: str | None) -> None:
        self._given = None if given is None else Path(given).absolute()
        self._made: set[Path] = set()
        self._is_first = True
        self.memory = memory_folder()
        """What is kept there ends with the run, but not with a reload."""

    def next(self) -> Path:
        """Another folder."""
        first, self._is_first = self._is_first, False
        if self._given is not None:
            self._given.mkdir(parents=True, exist_ok=True)
            if first:
                return self._given
        folder = Path(tempfile.mkdtemp(prefix="atoll-", dir=self._given))
        self._made.add(folder)
        return folder

    def remove(self, folder: Path) -> None:
        """Remove the folder, unless it is the user's."""
        if folder in self._made:
            self._made.discard(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove all that are left."""
        shutil.rmtree(self.memory, ignore_errors=True)
        for folder in list(self._made):
            self.remove(folder)
