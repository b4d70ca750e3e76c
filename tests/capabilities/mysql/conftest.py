"""A MariaDB server for the tests of the room, and providers that are closed when a test's loop ends."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.mysql.providers.mysql import MysqlConfig, MysqlServers
from atoll.capabilities.provider import Place
from tests.servers.mariadb import Mariadb, mariadb


@pytest.fixture(scope="session")
def server() -> Iterator[Mariadb]:
    with mariadb() as server:
        yield server


@asynccontextmanager
async def provider(**keys: Any) -> AsyncIterator[MysqlServers]:
    """A provider with these keys; short timeouts unless they say otherwise."""
    config = MysqlConfig(**{"connect_timeout": 5, "operation_timeout": 20, **keys})
    mysql = MysqlServers(config, Place(label="", config=Path(), state=Path()))
    try:
        yield mysql
    finally:
        await mysql.close()
