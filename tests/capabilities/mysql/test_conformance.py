"""The built-in provider passes the room's own suite, with TLS and without."""

import asyncio

import pytest

from atoll.capabilities.mysql.conformance import CHECKS, Check
from tests.capabilities.mysql.conftest import provider
from tests.servers.mariadb import Mariadb


@pytest.mark.slow
@pytest.mark.parametrize("options", ["", "?ssl-mode=REQUIRED&pool_max=3"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_provider_conforms(server: Mariadb, check: Check, options: str) -> None:
    async def run() -> None:
        async with provider(ca_roots_file=server.roots) as mysql:
            await check(mysql, server.url + options)

    asyncio.run(run())
