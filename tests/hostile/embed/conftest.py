"""Plugins keep what they keep in a folder of each test's own."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="package", autouse=True)
def _collected_soon() -> Iterator[None]:
    """What was there before is not looked through each time that a test collects garbage."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
