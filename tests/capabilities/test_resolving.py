"""Names that guests give lead into no blocked network, wherever they led when the address was granted."""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from atoll._core import BlockedNetworks
from atoll.capabilities import resolving
from atoll.capabilities.mqtt.provider import Session
from atoll.capabilities.mqtt.providers.mqtt import MqttBrokers, MqttConfig
from atoll.capabilities.mysql.providers.mysql import MysqlConfig, MysqlServers
from atoll.capabilities.postgres.providers.postgres import PostgresConfig, PostgresServers
from atoll.capabilities.provider import Failed, Place
from atoll.capabilities.redis.providers.redis import RedisConfig, RedisServers

Room = tuple[Callable[[Place], Any], Callable[[int], object]]

ROOMS: dict[str, Room] = {
    "redis": (partial(RedisServers, RedisConfig()), lambda port: f"redis://localhost:{port}"),
    "mqtt": (partial(MqttBrokers, MqttConfig()), lambda port: Session(f"mqtt://localhost:{port}", "", "", 30)),
    "postgres": (
        partial(PostgresServers, PostgresConfig()),
        lambda port: f"postgres://u:p@localhost:{port}/d?sslmode=disable",
    ),
    "mysql": (partial(MysqlServers, MysqlConfig()), lambda port: f"mysql://u:p@localhost:{port}/d"),
}
"""What makes each room's servers, and an address of one of them."""


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(
    "networks, reaches", [(["127.0.0.0/8", "::1"], False), (["private"], False), (["10.0.0.0/8"], True)]
)
def test_what_resolves_into_a_blocked_network_is_not_connected_to(
    tmp_path: Path, room: str, networks: list[str], reaches: bool
) -> None:
    place = Place(label="", config=tmp_path, state=tmp_path)
    resolving.block(BlockedNetworks(networks))
    try:
        with closing(resolving.Loop()) as loop:
            assert (loop.run_until_complete(_connections(*ROOMS[room], place)) > 0) == reaches
    finally:
        resolving.block()


def test_hosts_of_the_operator_may_be_anywhere() -> None:
    resolving.block(BlockedNetworks(["private"]))
    try:
        with closing(resolving.Loop()) as loop:
            assert loop.run_until_complete(loop.getaddrinfo("localhost", 1))
    finally:
        resolving.block()


async def _connections(make: Callable[[Place], Any], address: Callable[[int], object], place: Place) -> int:
    """How many reach a server that hangs up."""
    count = 0

    async def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        writer.close()

    async with await asyncio.start_server(met, "127.0.0.1", 0) as server:
        servers = make(place)
        with suppress(Failed):
            await servers.open(address(server.sockets[0].getsockname()[1]))
        await asyncio.sleep(0.1)
        await servers.close()
    return count
