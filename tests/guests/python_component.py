"""Components that `python-component` makes of `tests/cases/python_component`, each built once a session."""

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from atoll import host
from tests.support import ROOT, TOOLCHAINS

PROJECTS = ROOT / "tests" / "cases" / "python_component"
PROGRAM = ROOT / "python" / "atoll" / "toolchain" / "python" / "component.py"


@dataclass(frozen=True)
class Ended:
    """How the command ended, and what it said."""

    code: int
    out: str
    err: str


def run(folder: Path, *arguments: str) -> Ended:
    """`python-component ARGUMENTS` in this folder; the test is skipped where componentize-py is not installed."""
    if not (TOOLCHAINS / "bin" / "componentize-py").exists():
        pytest.skip("componentize-py is not installed: scripts/toolchains/install")
    path = f"{TOOLCHAINS / 'bin'}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@dataclass(frozen=True)
class Projects:
    """Makes components of projects; test processes that run side by side share them."""

    folder: Path

    def component(self, project: str, *arguments: str) -> Path:
        """The component of a project, built with these arguments."""
        digest = hashlib.sha256("\0".join([project, *arguments]).encode()).hexdigest()[:12]
        made = self.folder / f"{project}-{digest}.wasm"
        with made.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                ended = run(PROJECTS / project, *arguments, "-o", str(made))
                assert ended.code == 0, ended.err
                made.with_suffix(".said").write_text(ended.err)
        return made


def imports(component: Path) -> set[str]:
    """The interfaces that a component asks for and that nobody has without a grant."""
    asked = {each.name.partition("@")[0] for each in host.inspect(str(component)).imports}
    return {name for name in asked if not name.startswith(_OPEN)}


# What every component of Python asks for.
_OPEN = (
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:http/types",
    "wasi:io/",
    "wasi:random/",
    "wasi:sockets/",
)
