"""The built-in provider passes the room's own suite, whatever the session asks for."""

import asyncio
from typing import Any

import pytest

from atoll.capabilities.mqtt.conformance import CHECKS, Check
from tests.capabilities.mqtt.conftest import provider, session
from tests.servers.mosquitto import Mosquitto


@pytest.mark.parametrize("kind", ["plain", "user", "tls", "client id"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_provider_conforms(broker: Mosquitto, check: Check, kind: str) -> None:
    opened = {
        "plain": session(broker.address),
        "user": session(f"mqtt://127.0.0.1:{broker.guarded_port}", "guest", "geheim", 0),
        "tls": session(f"mqtts://localhost:{broker.tls_port}?client_id=spin"),
        "client id": session(f"{broker.address}?client_id=spin"),
    }[kind]
    keys: dict[str, Any] = {"unique_client_ids": kind != "client id", "ca_roots_file": str(broker.roots)}

    async def run() -> None:
        async with broker.listener("conformance/#") as listener, provider(**keys) as mqtt:
            await check(mqtt, opened, listener)

    asyncio.run(run())
