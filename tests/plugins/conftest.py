"""Each test has a folder of its own, and in it one for plugins."""

from pathlib import Path

import pytest

from tests.plugins.folders import PluginFolder


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(own_folder: Path) -> PluginFolder:
    return PluginFolder.made(own_folder / "plugins")
