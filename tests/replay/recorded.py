"""Requests that are recorded, and run again."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from atoll.testing import Up, up


def recorded(
    app: Path, folder: Path, ask: Callable[[Up], object], *options: str, env: dict[str, str] | None = None
) -> list[Path]:
    """The recordings of what is asked of the app, in the order of the requests."""
    with up(app, "--workers", "1", "--log-dir", "", "--record", str(folder), *options, env=env) as served:
        ask(served)
    return sorted(folder.iterdir())


def get(*paths: str, headers: dict[str, str] | None = None) -> Callable[[Up], object]:
    """Ask these paths one after the other."""
    return lambda served: [httpx.get(served.url + path, headers=headers, timeout=60) for path in paths]


def replay(*arguments: str | Path, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """`atoll replay ARGUMENTS`."""
    command = [sys.executable, "-P", "-m", "atoll", "replay", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)


def lines(recording: Path) -> list[Any]:
    """The call and what it asked."""
    return [json.loads(line) for line in recording.read_text().splitlines()]
