"""Running the command line as a person does, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Said:
    """What a command said, with the working directory written as `.`."""

    code: int
    out: str
    err: str


Atoll = Callable[..., Said]


@pytest.fixture
def atoll(tmp_path: Path) -> Atoll:
    """Run `atoll ARGUMENTS` in an empty folder; `stdin` is its input, `env` is added to the environment."""

    def run(*arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Said:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "atoll", *arguments],
            cwd=tmp_path,
            env={**os.environ, **(env or {})},
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
        where = str(tmp_path)
        return Said(ended.returncode, *(each.decode().replace(where, ".") for each in (ended.stdout, ended.stderr)))

    return run
