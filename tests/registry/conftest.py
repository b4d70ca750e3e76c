"""A registry for the tests of this folder, and a home folder of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.registry.client import Client, Patience
from atoll.registry.repository import Repository
from atoll.registry.store import Store
from tests.servers.registry import DockerRegistry, docker_registry

HASTY = Patience(connect=5, read=5, grace=5, attempts=3, pause=0.01)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No credentials and no configuration of whoever runs the tests."""
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def repository(registry: DockerRegistry, request: pytest.FixtureRequest) -> Iterator[Repository]:
    """A repository that no other test has."""
    name = request.node.name.lower().partition("[")[0].replace("_", "-")[:100]
    with Client(registry.host, patience=HASTY) as client:
        yield Repository(client, f"tests/{name}")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")
