"""What happens to a store when its server is gone, hangs, is another, or refuses who asks."""

import asyncio
import socket
import threading
import time
import traceback
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from atoll.capabilities.key_value import Other
from tests.capabilities.key_value.running import on_a_loop, opened
from tests.capabilities.key_value.stores import Backed

pytestmark = pytest.mark.slow

NOISE = b"HTTP/1.1 400 \xff\xfe\r\nContent-Length: 3\r\n\r\n{!}" + b"\0\n*-7\r\n$999999999999\r\n" * 9


async def refusal(call: Coroutine[Any, Any, Any], within: float) -> Other:
    """The error that the call ends with, in time."""
    begun = time.monotonic()
    with pytest.raises(Other) as refused:
        await call
    assert time.monotonic() - begun < within
    return refused.value


@on_a_loop
async def test_a_store_whose_server_died_fails_at_once_and_works_when_it_is_back(backed: Backed) -> None:
    async with opened(backed.store(timeout="30s")) as store:
        await store.set("before", b"kept")
        backed.server.stop()
        try:
            for _ in range(3):
                assert backed.name in str(await refusal(store.get("before"), within=5))
        finally:
            backed.restart()
        assert await store.get("before") == (b"kept" if backed.keeps else None)
        await store.set("after", b"1")
        assert await store.increment("after", 1) == 2


@on_a_loop
async def test_a_store_opened_before_its_server_works_once_it_is_there(backed: Backed) -> None:
    backed.server.stop()
    async with opened(backed.store()) as store:
        try:
            await refusal(store.get("key"), within=3)
        finally:
            backed.restart()
        await store.set("key", b"value")
        assert await store.get("key") == b"value"


@on_a_loop
async def test_a_call_that_the_server_does_not_answer_ends_at_its_timeout(backed: Backed) -> None:
    async with opened(backed.store()) as store:
        for number in range(10):
            await store.set(f"key{number}", b"%d" % number)
        with backed.server.halted():
            for call in (store.get("key1"), store.set("key2", b"2"), store.keys().__anext__()):
                assert "did not answer" in str(await refusal(call, within=3))
        # What comes late is not taken for the answer to something else.
        got = await asyncio.gather(*(store.get(f"key{number}") for number in range(10)))
        assert got == [b"%d" % number for number in range(10)]


@on_a_loop
async def test_a_cancelled_call_gives_its_connection_back(backed: Backed) -> None:
    async with opened(backed.store(max_connections=1, timeout="10s")) as store:
        await store.set("key", b"value")
        with backed.server.halted():
            for _ in range(3):
                call = asyncio.create_task(store.get("key"))
                await asyncio.sleep(0.05)
                call.cancel()
                await asyncio.wait([call], timeout=0.2)
        await asyncio.wait([call])
        assert call.cancelled()
        assert await store.get("key") == b"value"
        assert await asyncio.gather(*(store.increment("counted", 1) for _ in range(5)))


@on_a_loop
async def test_all_calls_share_a_few_connections(backed: Backed) -> None:
    before = backed.server.connections()
    most = 0

    async def count() -> None:
        nonlocal most
        while True:
            most = max(most, backed.server.connections() - before)
            await asyncio.sleep(0.002)

    async with opened(backed.store(max_connections=4, timeout="20s")) as store:
        counting = asyncio.create_task(count())
        await asyncio.gather(*(store.set(f"key{number}", b"x") for number in range(50)))
        await asyncio.gather(*(store.get(f"key{number}") for number in range(50)))
        counting.cancel()
    assert 1 <= most <= 4
    deadline = time.monotonic() + 5
    while backed.server.connections() > before and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert backed.server.connections() <= before


# moto takes every secret: what AWS would answer is in test_aws_dynamo.py.
@pytest.mark.parametrize("backed", ["redis", "postgresql", "nats", "cosmos"], indirect=True)
@on_a_loop
async def test_a_wrong_secret_is_refused_and_not_told(backed: Backed) -> None:
    wrong = "d3Jvbmctc2VjcmV0"
    async with opened(backed.store(secret=wrong)) as store:
        error = await refusal(store.get("key"), within=5)
    assert "refused" in str(error)
    told = "".join(traceback.format_exception(error))
    assert wrong not in told and backed.secret not in told


@on_a_loop
async def test_an_address_where_nothing_listens_is_told_at_once_and_without_it(backed: Backed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with opened(backed.store(port=port, timeout="30s")) as store:
        error = await refusal(store.get("key"), within=5)
    assert "cannot be reached" in str(error)
    assert str(port) not in str(error)
    assert backed.secret not in "".join(traceback.format_exception(error))


@pytest.fixture
def babbling() -> Iterator[int]:
    """The port of a server that says something else to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1024)
                    connection.sendall(NOISE)

        threading.Thread(target=babble, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@on_a_loop
async def test_a_server_of_another_kind_is_an_error_of_the_store(backed: Backed, babbling: int) -> None:
    async with opened(backed.store(port=babbling)) as store:
        for _ in range(2):
            error = await refusal(store.set("key", b"value"), within=4)
            assert backed.secret not in str(error)
