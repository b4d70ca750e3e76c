"""Projects as their authors make, build and serve them, and what their compilers take alone."""

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from atoll import toolchain
from bench import guests
from bench.claim import Unmeasured
from bench.process import HOST, Process, free_port
from bench.servers import SOURCES, environment, serving

_BEGAN, _ENDED = "build-began", "build-ended"
_ATOLL = (sys.executable, "-m", "atoll")


@dataclass(frozen=True, slots=True)
class Template:
    """One of atoll's own: its name, a file, the app's answer at `/`, and a word that is in both."""

    name: str
    source: str
    answer: str
    word: str


# By the guest that is of the same language.
TEMPLATES = {
    guests.PYTHON: Template("http-python", "app.py", "Hello from Python: GET /\n", "Hello"),
    guests.RUST: Template("http-rust", "src/lib.rs", "Hello from Rust: GET /\n", "Hello"),
    guests.JAVASCRIPT: Template("http-js", "app.js", '{"hello":"JavaScript","path":"/"}', "JavaScript"),
}


@dataclass(frozen=True, slots=True)
class Project:
    """One component in a folder of its own; `source` is the file with what it says."""

    folder: Path
    source: Path

    def says(self, old: str, new: str) -> None:
        """Edit what it says."""
        text = self.source.read_text("utf-8")
        if old not in text:
            raise Unmeasured(f"{self.source.name} does not say `{old}`")
        self.source.write_text(text.replace(old, new), "utf-8")

    def compile(self) -> float:
        """Milliseconds of its compiler alone: the command of its manifest."""
        path = {**_variables(), "PATH": toolchain.search_path()}
        return _timed(("sh", "-c", self._command()), self.folder, path)

    def time_builds(self) -> None:
        """From now on each build notes when it began and ended."""
        command = self._command()
        manifest = self.folder / "spin.toml"
        noted = f"date +%s.%N > {_BEGAN} && {command} && date +%s.%N > {_ENDED}"
        manifest.write_text(manifest.read_text("utf-8").replace(command, noted), "utf-8")

    def built(self) -> float:
        """Milliseconds of the last build's compiler."""
        began, ended = (float((self.folder / name).read_text()) for name in (_BEGAN, _ENDED))
        return (ended - began) * 1000

    def _command(self) -> str:
        [component] = tomllib.loads((self.folder / "spin.toml").read_text("utf-8"))["component"].values()
        command: str = component["build"]["command"]
        return command


def atoll(folder: Path, *arguments: str) -> float:
    """Milliseconds of one command in this folder. Raises Unmeasured if it fails."""
    return _timed((*_ATOLL, *arguments), folder, _variables())


def made(template: str, folder: Path, source: str) -> Project:
    """A new project from a template, in a folder that is not there yet."""
    atoll(folder.parent, "new", template, folder.name, "--accept-defaults")
    return Project(folder, folder / source)


@contextmanager
def served(project: Project, *command: str) -> Iterator[Process]:
    """The project, built and served by `atoll build --up` or `atoll watch`."""
    port = free_port()
    flags = ("--listen", f"{HOST}:{port}", "--log-dir", "")
    with serving((*_ATOLL, *command, *flags), port, project.folder, _variables()) as process:
        yield process


def _variables() -> dict[str, str]:
    return {**environment(), "PYTHONPATH": str(SOURCES)}


def _timed(command: tuple[str, ...], folder: Path, variables: Mapping[str, str]) -> float:
    began = time.monotonic()
    ended = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    taken = (time.monotonic() - began) * 1000
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip().splitlines() or ["it said nothing"]
        raise Unmeasured(f"`{os.path.basename(command[0])} {' '.join(command[1:])[:60]}`: {said[0][:200]}")
    return taken
