"""The built-in provider passes the room's own suite, whatever the address asks for."""

import asyncio

import pytest

from atoll.capabilities.redis.conformance import CHECKS, Check
from tests.capabilities.redis.conftest import PASSWORD, provider
from tests.servers.redis_tls import Server


@pytest.mark.parametrize("kind", ["plain", "user and database", "tls"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_provider_conforms(server: Server, check: Check, kind: str) -> None:
    addresses = {
        "plain": server.address,
        "user and database": f"redis://guest:{PASSWORD}@localhost:{server.port}/3",
        "tls": f"rediss://localhost:{server.tls_port}",
    }

    async def run() -> None:
        async with provider(ca_roots_file=str(server.roots)) as redis:
            await check(redis, addresses[kind])

    asyncio.run(run())
    assert server.asked("INFO", "keyspace") == "# Keyspace"
