"""Tiny models in files, and a place for providers."""

from pathlib import Path

import pytest

from atoll.capabilities.provider import Place
from tests.capabilities.llm.tiny import write_models


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tiny.gguf` and `vectors.gguf`."""
    return write_models(tmp_path_factory.mktemp("ai-models"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(label="", config=tmp_path, state=tmp_path / ".spin")
