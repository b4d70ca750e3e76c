"""A PostgreSQL server for the tests of the room, and providers that are closed when a test's loop ends."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.postgres.providers.postgres import PostgresConfig, PostgresServers
from atoll.capabilities.provider import Place
from tests.servers.postgres_tls import PostgresTls, postgres_tls


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresTls]:
    with postgres_tls() as server:
        yield server


@asynccontextmanager
async def provider(**keys: Any) -> AsyncIterator[PostgresServers]:
    """A provider with these keys; short timeouts unless they say otherwise."""
    config = PostgresConfig(**{"connect_timeout": 5, "operation_timeout": 20, **keys})
    postgres = PostgresServers(config, Place(label="", config=Path(), state=Path()))
    try:
        yield postgres
    finally:
        await postgres.close()
