"""WIT of a test's own, beside the folder in which `atoll` runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import atoll
from tests.registry.conftest import registry

__all__ = ("atoll", "registry")

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a folder of WIT: its name, and the text of its package."""

    def write(folder: str, text: str, file: str = "world.wit") -> Path:
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / file).write_text(text, "utf-8")
        return place

    return write
