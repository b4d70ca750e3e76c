"""A broker that is down, slow or unwilling gives the room's error in time, and a later message goes through again."""

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path

import pytest
from nats.aio.client import Client
from redis.asyncio import Redis

from atoll.capabilities.messaging.provider import ConnectionFailed, Message, Other, PermissionDenied, TimedOut
from atoll.capabilities.messaging.providers.memory import MemoryBroker, MemoryConfig
from atoll.capabilities.messaging.providers.nats import NatsConfig
from atoll.capabilities.messaging.providers.redis import RedisConfig
from atoll.capabilities.provider import Failed
from tests.capabilities.messaging.conftest import PLACE, over_nats, over_redis
from tests.servers.listeners import nats_listener
from tests.servers.nats import Nats, nats
from tests.servers.redis import redis

SENT = Message(b"hi")


async def failed(call: Awaitable[object], kind: type[Failed], *, within: float = 1) -> str:
    """The message of the failure that a call must end with, in so many seconds."""
    started = time.monotonic()
    with pytest.raises(kind) as caught:
        await call
    assert time.monotonic() - started < within
    return str(caught.value)


@pytest.mark.parametrize("kind", ["nats", "redis"])
def test_a_dead_broker_is_told_at_once_and_used_again_when_it_is_back(tmp_path: Path, kind: str) -> None:
    async def run() -> None:
        with (nats if kind == "nats" else redis)(tmp_path, password="geheim", **user(kind)) as server:
            async with (over_nats if kind == "nats" else over_redis)(server.url) as broker:
                await broker.send("a", SENT)
                server.stop()
                for _ in range(3):
                    text = await failed(broker.send("a", SENT), ConnectionFailed)
                    assert "geheim" not in text
                server.start()
                await broker.send("a", SENT)

    asyncio.run(run())


def user(kind: str) -> dict[str, str]:
    return {"user": "atoll"} if kind == "nats" else {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nats", "redis"])
def test_a_broker_that_does_not_answer_is_given_up_and_used_again_later(tmp_path: Path, kind: str) -> None:
    async def run() -> None:
        with (nats if kind == "nats" else redis)(tmp_path) as server:
            async with (over_nats if kind == "nats" else over_redis)(server.url, timeout="300ms") as broker:
                await broker.send("a", SENT)
                with server.halted():
                    await failed(broker.send("a", SENT), TimedOut)
                    await asyncio.gather(*(failed(broker.send("a", SENT), TimedOut, within=2) for _ in range(20)))
                await asyncio.sleep(0.2)
                await broker.send("a", SENT)

    asyncio.run(run())


@pytest.mark.parametrize("kind", ["nats", "redis"])
def test_a_wrong_password_is_told_without_its_words(tmp_path: Path, kind: str) -> None:
    async def run() -> None:
        with (nats if kind == "nats" else redis)(tmp_path, password="right", **user(kind)) as server:
            wrong = server.url.replace("right", "geheim")
            async with (over_nats if kind == "nats" else over_redis)(wrong) as broker:
                text = await failed(broker.send("a", SENT), ConnectionFailed)
                assert "refused the user or the password" in text and "geheim" not in text

    asyncio.run(run())


def test_what_nats_does_not_let_its_user_send_is_told_and_disturbs_no_other(tmp_path: Path) -> None:
    rules = 'authorization { users = [{ user: u, password: p, permissions: { publish: ["Open.>"] } }] }\n'

    async def run() -> None:
        with nats(tmp_path, rules=rules) as server:
            url = server.url.replace("//", "//u:p@")
            async with over_nats(url) as broker, nats_listener(url, "Open.>") as listener:
                others = [broker.send("Open.a", Message(b"%d" % n)) for n in range(20)]
                refused = [failed(broker.send(f"Closed.{n}", SENT), PermissionDenied, within=3) for n in range(200)]
                await asyncio.gather(*others, *refused)
                assert len(await listener.heard(20)) == 20

    asyncio.run(run())


def test_what_redis_does_not_let_its_user_send_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        with redis(tmp_path) as server:
            async with Redis.from_url(server.url) as client:
                await client.execute_command(  # type: ignore[no-untyped-call]
                    "ACL", "SETUSER", "u", "on", ">p", "+@all", "-publish"
                )
            async with over_redis(server.url.replace("//", "//u:p@")) as broker:
                await failed(broker.send("a", SENT), PermissionDenied)

    asyncio.run(run())


@pytest.mark.parametrize("topic", ["", "a b", "a\r\nPUB b 1", "a..b", "a.*", ">", "$JS.API.STREAM.LIST", "x" * 5000])
def test_a_topic_that_nats_would_end_the_connection_for_is_refused_before(nats_server: Nats, topic: str) -> None:
    async def run() -> None:
        async with over_nats(nats_server.url) as broker:
            await failed(broker.send(topic, SENT), Other)
            await failed(broker.request(topic, SENT, 1, 1), Other)

    asyncio.run(run())


def test_metadata_cannot_tell_nats_what_to_do(nats_server: Nats) -> None:
    async def run() -> None:
        async with over_nats(nats_server.url) as broker:
            for name in ("Nats-Rollup", "nats-msg-id"):
                await failed(broker.send("a", Message(b"", None, [(name, "all")])), Other)

    asyncio.run(run())


def test_more_answers_than_the_limit_holds_are_refused(nats_server: Nats) -> None:
    async def run() -> None:
        async with (
            over_nats(nats_server.url, max_message_size="1KiB") as broker,
            nats_listener(nats_server.url),
            nats_listener(nats_server.url),
        ):
            assert len(await broker.request("conformance.echo", Message(b"x" * 400), 1, 2)) == 2
            await failed(broker.request("conformance.echo", Message(b"x" * 600), 1, 2), Other)
            await failed(broker.send("conformance.echo", Message(b"x" * 1025)), Other)

    asyncio.run(run())


def test_with_jetstream_a_message_is_sent_once_a_stream_has_stored_it(nats_server: Nats) -> None:
    async def run() -> None:
        client = Client()
        await client.connect(nats_server.url)
        stream = client.jetstream()
        await stream.add_stream(name="orders", subjects=["orders.>"])
        async with over_nats(nats_server.url, jetstream=True) as broker:
            await broker.send("orders.new", Message(b"1", None, [("a", "b")]))
            stored = await stream.get_msg("orders", 1)
            assert (stored.data, stored.headers) == (b"1", {"a": "b"})
            assert "no stream" in await failed(broker.send("elsewhere", SENT), Other)
        await client.close()

    asyncio.run(run())


def test_calls_share_one_connection_to_nats_and_a_bounded_number_to_redis(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "n").mkdir()
        (tmp_path / "r").mkdir()
        with nats(tmp_path / "n") as one, redis(tmp_path / "r") as other:
            async with over_nats(one.url) as first, over_redis(other.url, max_connections=3) as second:
                await asyncio.gather(*(broker.send("a", SENT) for _ in range(50) for broker in (first, second)))
                assert (one.connections(), other.connections()) == (1, 3)

    asyncio.run(run())


def test_memory_keeps_the_latest_messages_only() -> None:
    async def run() -> None:
        broker = MemoryBroker(MemoryConfig(max_messages=2, max_message_size="1KiB"), PLACE)
        for number in range(5):
            await broker.send("a", Message(b"%d" % number))
        assert [message.data for message in broker.sent] == [b"3", b"4"]
        await failed(broker.send("a", Message(b"x" * 1025)), Other)
        await failed(broker.request("a", SENT, 1, 1), Other)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("config", "keys", "said"),
    [
        (NatsConfig, {"url": "http://geheim"}, "`url` must begin with nats:// or tls://"),
        (NatsConfig, {"url": "nats://h", "timeout": "0s"}, "longer than nothing"),
        (RedisConfig, {"url": "redis://h:geheim"}, "`url` is not an address"),
        (RedisConfig, {"url": "redis://h", "max_message_size": "0KiB"}, "at least 1"),
        (MemoryConfig, {"max_messages": -1}, "at least 0"),
    ],
)
def test_what_cannot_be_used_is_told_at_the_start(config: type[NatsConfig], keys: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        config(**keys)  # type: ignore[arg-type]
    assert "geheim" not in str(caught.value)
