"""A libSQL server for each test, and databases on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from atoll.capabilities.provider import Place
from atoll.capabilities.sqlite.providers.libsql import Libsql as Provider
from atoll.capabilities.sqlite.providers.libsql import LibsqlConfig
from tests.servers.libsql import TOKEN, Libsql, libsql

Make = Callable[..., Provider]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Libsql]:
    with libsql(tmp_path) as running:
        yield running


@pytest.fixture
def make(server: Libsql, tmp_path: Path) -> Make:
    """The provider of the server's database, with further keys."""

    def made(**keys: str) -> Provider:
        config = msgspec.convert({"url": server.http.url, "token": TOKEN, **keys}, LibsqlConfig)
        return Provider(config, Place(label="default", config=tmp_path, state=tmp_path / ".spin"))

    return made
