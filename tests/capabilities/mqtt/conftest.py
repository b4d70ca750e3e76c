"""A broker for the tests of the room, and providers that are closed when a test's loop ends."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.mqtt.provider import Session
from atoll.capabilities.mqtt.providers.mqtt import MqttBrokers, MqttConfig
from atoll.capabilities.provider import Place
from tests.servers.mosquitto import Mosquitto, mosquitto


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("mqtt")) as broker:
        yield broker


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """One that the test may stop; it takes packets of at most 100 kB."""
    with mosquitto(tmp_path, "max_packet_size 100000") as broker:
        yield broker


def session(address: str, username: str = "", password: str = "", keep_alive: int = 30) -> Session:
    return Session(address, username, password, keep_alive)


@asynccontextmanager
async def provider(**keys: Any) -> AsyncIterator[MqttBrokers]:
    """A provider with these keys; short timeouts unless they say otherwise."""
    config = MqttConfig(**{"connect_timeout": 2, "operation_timeout": 2, **keys})
    mqtt = MqttBrokers(config, Place(label="", config=Path(), state=Path()))
    try:
        yield mqtt
    finally:
        await mqtt.close()
