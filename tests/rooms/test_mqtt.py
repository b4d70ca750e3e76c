"""MQTT as guests see it: messages arrive at the broker that they may reach, as often as they asked for."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.rooms.conftest import AskedInVain, Open
from tests.servers.mosquitto import mosquitto


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_what_is_published_arrives(open_room: Open, tmp_path: Path, qos: int) -> None:
    payload = bytes(range(256))

    async def heard() -> list[tuple[int, str, bytes]]:
        async with broker.listener("a/#") as listener:
            publish = asyncio.to_thread(room, "mqtt/v2/publish", payload, address=broker.address, topic="a/b", qos=qos)
            await publish
            return await listener.heard(1)

    with mosquitto(tmp_path) as broker:
        granted = f'allowed_outbound_hosts = ["mqtt://127.0.0.1:{broker.port}"]\n'
        with open_room("rust-rooms", granted) as room:
            assert asyncio.run(heard()) == [(qos, "a/b", payload)]


def test_a_broker_that_was_not_granted_is_denied_in_spins_words(open_room: Open) -> None:
    address = "mqtt://localhost:1883?client_id=spintest"
    told = f'Error::ConnectionFailed("address {address} is not permitted")'
    with open_room("rust-rooms", "") as room, pytest.raises(AskedInVain, match=re.escape(told)):
        room("mqtt/v2/publish", address=address, topic="a")


def test_a_broker_that_is_not_there_gives_an_error(open_room: Open) -> None:
    granted = 'allowed_outbound_hosts = ["mqtt://127.0.0.1:9"]\n'
    with open_room("rust-rooms", granted) as room, pytest.raises(AskedInVain, match="Error::ConnectionFailed"):
        room("mqtt/v2/publish", address="mqtt://127.0.0.1:9", topic="a")
