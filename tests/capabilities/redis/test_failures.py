"""A backend that is down, slow or misspelled gives the room's error in time, and a later call works again."""

import asyncio
import sys

import pytest

from atoll.capabilities.redis import PROVIDERS
from tests.capabilities.redis.conftest import failed, provider
from tests.servers.redis_tls import Server


def test_a_dead_server_is_told_at_once_and_used_again_when_it_is_back(own_server: Server) -> None:
    async def run() -> None:
        async with provider() as redis:
            await redis.set(own_server.address, "n", b"1")
            own_server.stop()
            assert "Connect call failed" in await failed(redis.get(own_server.address, "n"), within=1)
            assert str(own_server.port) in await failed(redis.open(own_server.address), within=1)
            own_server.start()
            assert await redis.get(own_server.address, "n") is None

    asyncio.run(run())


def test_a_call_under_way_when_the_server_dies_ends_at_once(own_server: Server) -> None:
    async def run() -> None:
        async with provider(operation_timeout=20) as redis:
            blocking = asyncio.create_task(redis.execute(own_server.address, "BLPOP", [b"queue", 0]))
            await asyncio.sleep(0.1)
            own_server.stop()
            assert "closed" in await failed(blocking, within=1)
            own_server.start()
            await redis.set(own_server.address, "n", b"1")

    asyncio.run(run())


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_given_up_and_used_again_later(server: Server) -> None:
    async def run() -> None:
        async with provider(operation_timeout=0.3, connect_timeout=0.3) as redis:
            await redis.set(server.address, "n", b"1")
            with server.halted():
                assert "within 0.3 s" in await failed(redis.get(server.address, "n"), within=1)
                many = [failed(redis.get(server.address, "n"), within=1) for _ in range(20)]
                await asyncio.gather(*many)
                tls = f"rediss://localhost:{server.tls_port}"
                assert "in time" in await failed(redis.open(tls), within=1)
            assert await redis.get(server.address, "n") == b"1"

    asyncio.run(run())


@pytest.mark.parametrize("user", ["guest:geheimnis", "stranger:geheimnis", ":geheimnis"])
def test_a_wrong_password_is_told_and_not_repeated(server: Server, user: str) -> None:
    async def run() -> None:
        async with provider() as redis:
            for call in (redis.open, lambda address: redis.get(address, "n")):
                text = await failed(call(f"redis://{user}@127.0.0.1:{server.port}"), within=1)
                assert "geheimnis" not in text and "stranger" not in text
                assert "WRONGPASS" in text or "AUTH" in text

    asyncio.run(run())


def test_what_the_user_may_not_do_is_told(server: Server) -> None:
    server.asked("ACL", "SETUSER", "reader", "on", ">r", "allkeys", "+get", "+select")

    async def run() -> None:
        async with provider() as redis:
            address = f"redis://reader:r@127.0.0.1:{server.port}/2"
            assert await redis.get(address, "n") is None
            assert "NOPERM" in await failed(redis.set(address, "n", b""), within=1)

    asyncio.run(run())


def test_a_database_that_is_not_there_is_told(server: Server) -> None:
    async def run() -> None:
        async with provider() as redis:
            assert "DB index" in await failed(redis.open(f"{server.address}/4711"), within=1)

    asyncio.run(run())


def test_a_host_that_is_not_there_is_told() -> None:
    async def run() -> None:
        async with provider() as redis:
            assert "nowhere.invalid" in await failed(redis.open("redis://u:geheim@nowhere.invalid"), within=3)

    asyncio.run(run())


@pytest.mark.slow
def test_tls_needs_a_certificate_of_an_authority_that_is_trusted(server: Server) -> None:
    async def run() -> None:
        async with provider(connect_timeout=0.5) as redis:
            address = f"rediss://localhost:{server.tls_port}"
            assert "CERTIFICATE_VERIFY_FAILED" in await failed(redis.open(address), within=2)
            assert await failed(redis.open(f"rediss://localhost:{server.port}"), within=3)
        async with provider(ca_roots_file=str(server.roots)) as redis:
            await redis.open(address)

    asyncio.run(run())


def test_a_file_of_authorities_that_is_not_there_is_told_at_the_start() -> None:
    async def run() -> None:
        async with provider(ca_roots_file="absent.pem"):
            pass

    with pytest.raises(ValueError, match=r"ca_roots_file: there is no file absent\.pem"):
        asyncio.run(run())


def test_a_value_that_the_server_does_not_take_is_told(own_server: Server) -> None:
    own_server.asked("CONFIG", "SET", "proto-max-bulk-len", "1048576")

    async def run() -> None:
        async with provider() as redis:
            await failed(redis.set(own_server.address, "large", b"x" * (8 << 20)), within=3)
            await redis.set(own_server.address, "small", b"x")

    asyncio.run(run())


def test_without_its_client_library_the_provider_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    module = PROVIDERS["redis"].partition(":")[0]
    for name in [name for name in sys.modules if name.split(".")[0] == "redis" or name == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ImportError, match=r"pip install 'atoll\[redis\]'"):
        __import__(module)
