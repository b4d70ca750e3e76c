"""A place for toolchains of one's own, and the command line beside it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_LONGEST = 180


@dataclass(frozen=True)
class Toolchains:
    """A place, and an empty folder from which `atoll` runs."""

    home: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Begin `atoll ARGUMENTS`."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "atoll", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, "ATOLL_TOOLCHAINS": str(self.home), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def atoll(self, *arguments: str, **environment: str) -> str:
        """What `atoll ARGUMENTS` says."""
        return self._ended(0, *arguments, **environment)

    def refused(self, *arguments: str, **environment: str) -> str:
        """What it says where the user has something to mend."""
        return self._ended(1, *arguments, **environment)

    def _ended(self, code: int, *arguments: str, **environment: str) -> str:
        running = self.start(*arguments, **environment)
        out, err = running.communicate(timeout=_LONGEST)
        assert running.returncode == code, err
        return out + err

    def install(self, *names: str, **environment: str) -> list[str]:
        """The parts that were installed."""
        said = self.atoll("toolchain", "install", *names, **environment).splitlines()
        return [line.removeprefix("installed ").rpartition("  ")[0] for line in said]

    def listed(self, name: str, **environment: str) -> Any:
        """What the list says of a toolchain."""
        found = json.loads(self.atoll("toolchain", "list", "--json", **environment))
        return next(one for one in found if one["name"] == name)

    def states(self, name: str, **environment: str) -> dict[str, str]:
        """What it says of the toolchain's parts."""
        return {part["name"]: part["state"] for part in self.listed(name, **environment)["parts"]}

    def run(self, command: str, *arguments: str, **environment: str) -> str:
        """What one of the private commands says."""
        ended = subprocess.run(
            [self.home / "bin" / command, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=True,
        )
        return ended.stdout

    @property
    def made(self) -> list[str]:
        """The names of all folders of parts that there are, finished or not."""
        return sorted(folder.name for folder in (self.home / "parts").glob("*"))

    @property
    def commands(self) -> set[str]:
        """The names of the private commands."""
        return {file.name for file in (self.home / "bin").glob("*")}


@pytest.fixture
def toolchains(tmp_path: Path) -> Toolchains:
    """A place that is not there yet."""
    folder = tmp_path / "app"
    folder.mkdir()
    return Toolchains(tmp_path / "tool chains", folder)


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., str]:
    """A PATH for a machine that has these programs besides a shell's own, each a line of shell."""

    def make(**programs: str) -> str:
        folder = tmp_path / "machine"
        folder.mkdir()
        for name, line in programs.items():
            file = folder / name
            file.write_text(f"#!/bin/sh\n{line}\n")
            file.chmod(0o755)
        for name in ("sh", "env", "uname"):
            (folder / name).symlink_to(f"/bin/{name}")
        return str(folder)

    return make
