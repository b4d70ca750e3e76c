"""Connections are shared, bounded, closed when idle, and survive what single calls do to them."""

import asyncio
import time

import pytest

from atoll.capabilities.redis.provider import TooManyConnections
from tests.capabilities.redis.conftest import provider
from tests.servers.redis_tls import Server


def test_calls_that_follow_each_other_share_one_connection(server: Server) -> None:
    async def run() -> int:
        async with provider() as redis:
            await redis.open(server.address)
            for _ in range(50):
                await redis.incr(server.address, "n")
            return server.clients()

    assert asyncio.run(run()) == 1
    assert server.clients() == 0


def test_calls_at_the_same_time_use_no_more_connections_than_allowed(server: Server) -> None:
    async def run() -> int:
        async with provider(max_connections=4) as redis:
            script = (b"return redis.call('INCR', 'together')", 0)
            await asyncio.gather(*(redis.execute(server.address, "EVAL", script) for _ in range(100)))
            return server.clients()

    server.asked("DEL", "together")
    assert 1 <= asyncio.run(run()) <= 4
    assert server.asked("GET", "together") == "100"


@pytest.mark.slow
def test_who_waits_too_long_for_a_connection_is_told_so(server: Server) -> None:
    async def run() -> None:
        async with provider(max_connections=1, connect_timeout=0.1) as redis:
            blocking = asyncio.create_task(redis.execute(server.address, "BLPOP", [b"nobody", b"0.5"]))
            await asyncio.sleep(0.05)
            with pytest.raises(TooManyConnections, match="came free in time"):
                await redis.get(server.address, "n")
            assert await blocking == [None]
            await redis.get(server.address, "n")

    asyncio.run(run())


def test_an_idle_connection_makes_room_for_another_address(server: Server) -> None:
    async def run() -> int:
        async with provider(max_connections=2) as redis:
            for database in range(5):
                await redis.set(f"{server.address}/{database}", "n", b"")
            return server.clients()

    assert asyncio.run(run()) == 2


@pytest.mark.slow
def test_idle_connections_are_closed(server: Server) -> None:
    async def run() -> list[int]:
        async with provider(idle_timeout=0.2) as redis:
            await asyncio.gather(*(redis.execute(server.address, "BLPOP", [b"nobody", b"0.01"]) for _ in range(3)))
            before = server.clients()
            await asyncio.sleep(0.4)
            after = server.clients()
            await redis.get(server.address, "n")
            return [before, after, server.clients()]

    assert asyncio.run(run()) == [3, 0, 1]


@pytest.mark.slow
def test_a_cancelled_call_ends_at_once_and_leaves_its_reply_to_nobody(server: Server) -> None:
    async def run() -> None:
        async with provider(max_connections=1) as redis:
            await redis.set(server.address, "mine", b"right")
            for _ in range(20):
                blocking = asyncio.create_task(redis.execute(server.address, "BLPOP", [b"queue", 0]))
                await asyncio.sleep(0.01)
                blocking.cancel()
                started = time.monotonic()
                with pytest.raises(asyncio.CancelledError):
                    await blocking
                assert await redis.get(server.address, "mine") == b"right"
                assert time.monotonic() - started < 1
            assert server.clients() == 1

    asyncio.run(run())


@pytest.mark.slow
def test_calls_cancelled_at_any_moment_leave_the_pool_whole(server: Server) -> None:
    async def run() -> None:
        async with provider(max_connections=3) as redis:
            await redis.set(server.address, "mine", b"right")
            for delay in range(60):
                calls = [asyncio.create_task(redis.get(f"{server.address}/{n % 2}", "mine")) for n in range(6)]
                await asyncio.sleep(delay / 20_000)
                for call in calls:
                    call.cancel()
                await asyncio.gather(*calls, return_exceptions=True)
            values = await asyncio.gather(*(redis.get(server.address, "mine") for _ in range(9)))
            assert values == [b"right"] * 9
            assert server.clients() <= 3

    asyncio.run(run())


@pytest.mark.slow
def test_a_server_that_takes_no_more_clients_is_told_as_such(own_server: Server) -> None:
    own_server.asked("CONFIG", "SET", "maxclients", "1")

    async def run() -> None:
        async with provider() as redis:
            blocking = asyncio.create_task(redis.execute(own_server.address, "BLPOP", [b"nobody", b"0.3"]))
            await asyncio.sleep(0.1)
            with pytest.raises(TooManyConnections, match="accepts no more"):
                await redis.get(own_server.address, "n")
            assert await blocking == [None]

    asyncio.run(run())
