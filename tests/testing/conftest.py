"""Tests of users' tests: each run of pytest is a process of its own, which finds the plugin as one of a package."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atoll.cache import cache_home
from tests.support import ROOT

Run = Callable[..., Any]

_CACHE = cache_home()
_PLUGIN = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pytest11"]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the entry points of pyproject.toml, as a package's own: an older installation may lack them."""
    folder = tmp_path_factory.mktemp("site")
    package = folder / "atoll_entry_points-0.dist-info"
    package.mkdir()
    lines = "".join(f"{name} = {module}\n" for name, module in _PLUGIN.items())
    (package / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: atoll-entry-points\nVersion: 0\n")
    return folder


@pytest.fixture
def run(pytester: pytest.Pytester, installed: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a user's tests: `run(text, *arguments)`."""
    # pytester has another home, where nothing is compiled yet.
    monkeypatch.setenv("XDG_CACHE_HOME", str(_CACHE.parent))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(installed), str(ROOT)]))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(text: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess("-W", "error", *arguments)

    return run
