"""The built-in provider passes the room's own suite, however it is addressed."""

import asyncio

import pytest

from atoll.capabilities.postgres.conformance import CHECKS, Check
from tests.capabilities.postgres.conftest import provider
from tests.servers.postgres_tls import PASSWORD, PostgresTls


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["url", "pairs"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_provider_conforms(server: PostgresTls, check: Check, kind: str) -> None:
    addresses = {
        "url": server.url,
        "pairs": f"host=127.0.0.1 port={server.port} user=postgres password='{PASSWORD}' sslmode=disable",
    }

    async def run() -> None:
        async with provider() as postgres:
            await check(postgres, addresses[kind])

    asyncio.run(run())
