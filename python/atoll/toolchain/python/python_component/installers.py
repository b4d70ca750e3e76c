"""pip or uv, asked for wheels that are for another Python than its own."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from python_component.refused import Refused

__all__ = ("Failed", "Installer", "installer")

_PYTHON = "3.14"
_PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in (39, 35, 34, 31, 28, 24, 17, 12, 5)]
_MISSING = re.compile(r"No matching distribution found for (\S+)|Because ([\w.-]+) (?:has|was|[<>=~!\d.,*]+ has) no")


@dataclass(frozen=True)
class Failed:
    """An installation that failed: the package that is in the way, where that is known, and what was said."""

    package: str
    said: str


class Installer(ABC):
    """Installs into folders; nothing that it installs is run."""

    def install(self, file: Path, folder: Path, *, pure: bool) -> Failed | None:
        """Install what a requirements file names; `pure` takes only what runs on every platform."""
        return _run([*self._command(folder, pure=pure), "-r", str(file)], file.parent)

    def replace(self, requirement: str, folder: Path) -> None:
        """Have a package's wheel for every platform instead, where there is one."""
        with tempfile.TemporaryDirectory(dir=folder.parent) as other:
            if _run([*self._command(Path(other), pure=True), "--no-deps", requirement], folder) is None:
                _remove(requirement.partition("==")[0], folder)
                shutil.copytree(other, folder, dirs_exist_ok=True)

    @abstractmethod
    def _command(self, folder: Path, *, pure: bool) -> list[str]:
        """The command, without what it is to install."""


class Pip(Installer):
    """pip of a Python."""

    def __init__(self, python: str) -> None:
        self._python = python

    def _command(self, folder: Path, *, pure: bool) -> list[str]:
        quiet = ["-q", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-warn-conflicts"]
        kept = ["--target", str(folder), "--only-binary=:all:", f"--python-version={_PYTHON}"]
        kind = ["--implementation=py", "--abi=none", "--platform=any"]
        if not pure:
            kind = ["--implementation=cp", *(f"--platform={name}" for name in ("any", *_PLATFORMS))]
        return [self._python, "-m", "pip", "install", *quiet, *kept, *kind]


class Uv(Installer):
    """uv, which has no word for wheels of every platform: those of Pyodide are the nearest."""

    def __init__(self, program: str) -> None:
        self._program = program

    def _command(self, folder: Path, *, pure: bool) -> list[str]:
        platform = "wasm32-pyodide2024" if pure else "x86_64-manylinux_2_40"
        kept = ["--target", str(folder), "--only-binary=:all:", f"--python-version={_PYTHON}"]
        return [self._program, "pip", "install", "-q", *kept, f"--python-platform={platform}"]


def installer() -> Installer:
    """uv where it is there, else pip of this Python or of the machine's. Raises Refused."""
    program = shutil.which("uv")
    if program is not None:
        return Uv(program)
    for python in (sys.executable, getattr(sys, "_base_executable", None), shutil.which("python3")):
        if python and _run([python, "-m", "pip", "--version"], Path()) is None:
            return Pip(python)
    raise Refused("there is neither pip nor uv to install the requirements", "install uv, or Python's pip")


def _run(command: list[str], folder: Path) -> Failed | None:
    """None where it went well. Requirements may name files: they are looked for from `folder` on."""
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    environment.pop("PIP_TARGET", None)
    ended = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ended.returncode == 0:
        return None
    found = _MISSING.search(ended.stdout)
    package = next(filter(None, found.groups()), "") if found else ""
    return Failed(package, ended.stdout.strip())


def _remove(name: str, folder: Path) -> None:
    """Take away what a package installed."""
    for record in folder.glob(f"{name}-*.dist-info/RECORD"):
        for line in record.read_text("utf-8", "replace").splitlines():
            (folder / line.partition(",")[0]).unlink(missing_ok=True)
