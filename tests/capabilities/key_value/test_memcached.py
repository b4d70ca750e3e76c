"""examples/provider-memcached is a provider of someone else's: installed, found by its entry point, and conforming."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import msgspec
import pytest

from atoll.capabilities.key_value import Other
from atoll.capabilities.key_value.conformance import CHECKS, Check, run
from tests.capabilities.key_value.stores import PLACE
from tests.servers.memcached import Memcached as Server
from tests.support import ROOT

Make = Callable[[int], Any]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A store on the server at that port, by a package that was installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    # A copy, because a build leaves files beside what it builds.
    package = tmp_path_factory.mktemp("source") / "provider"
    package.mkdir()
    for file in (ROOT / "examples" / "provider-memcached").iterdir():
        if file.is_file():
            (package / file.name).write_bytes(file.read_bytes())
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--disable-pip-version-check", "--target", str(folder), str(package)], check=True)
    sys.path.insert(0, str(folder))
    try:
        (found,) = (
            entry
            for distribution in distributions(path=[str(folder)])
            for entry in distribution.entry_points.select(group="atoll.providers.key_value")
        )
        assert found.name == "memcached"
        provider = found.load()
    finally:
        sys.path.remove(str(folder))
    assert Path(sys.modules[provider.__module__].__file__ or "").is_relative_to(folder)
    return lambda port: provider(msgspec.convert({"port": port, "timeout": "2s"}, provider.Config), PLACE)


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_memcached_conforms(check: Check, make: Make, memcached_server: Server) -> None:
    run(check, lambda: make(memcached_server.port))


@pytest.mark.slow
def test_a_dead_memcached_is_an_error_until_it_is_back(make: Make, memcached_server: Server) -> None:
    store = make(memcached_server.port)
    store.set("key", b"value")
    memcached_server.stop()
    try:
        for call in (lambda: store.get("key"), lambda: list(store.keys()), lambda: store.increment("key", 1)):
            with pytest.raises(Other, match="cannot be reached"):
                call()
    finally:
        memcached_server.start()
    store.set("key", b"value")
    assert store.get("key") == b"value"
    store.close()
