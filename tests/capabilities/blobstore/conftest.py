"""Where providers of containers stand."""

from pathlib import Path

import pytest

from atoll.capabilities.provider import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(label="files", config=tmp_path, state=tmp_path / ".spin")
