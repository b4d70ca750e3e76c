"""Messages that guests send: they reach the topics that were granted, at the brokers that were, and no others."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from atoll.capabilities.messaging.provider import Message
from tests.conftest import MakeApp
from tests.rooms.conftest import AskedInVain, Open, Room
from tests.servers.listeners import nats_listener, redis_listener
from tests.servers.nats import nats
from tests.servers.redis import redis
from tests.support import answering, refused, refused_with

GRANTED = 'tool.atoll.messaging = ["events"]\n'
MEMORY = '[messaging.events]\ntype = "memory"\n'
# The guest, and the beginning of its paths.
VERSIONS = [
    ("rust-rooms", "messaging/wasi"),
    ("rust-rooms", "messaging/wasmcloud"),
    ("python-telling", "messaging/wasi"),
]
each_version = pytest.mark.parametrize("guest, path", VERSIONS)
each_name = pytest.mark.parametrize("path", ["messaging/wasi", "messaging/wasmcloud"])


def over_nats(url: str) -> str:
    return f'[messaging.events]\ntype = "nats"\nurl = "{url}"\nconnect_timeout = "2s"\ntimeout = "5s"\n'


def heard(room: Room, url: str, path: str, count: int, body: bytes, **query: str | int) -> Sequence[Message]:
    """What arrives at a broker of NATS, once the guest has done what the path says."""

    async def run() -> Sequence[Message]:
        async with nats_listener(url, ">") as listener:
            await asyncio.to_thread(room, path, body, **query)
            return await listener.heard(count)

    return asyncio.run(run())


@each_version
def test_what_is_sent_arrives(open_room: Open, tmp_path: Path, guest: str, path: str) -> None:
    with nats(tmp_path) as broker, open_room(guest, GRANTED, over_nats(broker.url)) as room:
        send: dict[str, str | int] = {"broker": "events", "topic": "orders.new", "text": "Eureka!"}
        (message,) = heard(room, broker.url, f"{path}/send", 1, b"Eureka!", **send)
    assert (message.topic, message.data) == ("orders.new", b"Eureka!")


@each_name
def test_metadata_arrives_as_headers(open_room: Open, tmp_path: Path, path: str) -> None:
    with nats(tmp_path) as broker, open_room("rust-rooms", GRANTED, over_nats(broker.url)) as room:
        told = {"broker": "events", "topic": "a", "type": "text/plain", "metadata": "b:1,c:2,b:3"}
        (message,) = heard(room, broker.url, f"{path}/send", 1, bytes(range(256)), **told)
    assert message == Message(bytes(range(256)), "text/plain", [("b", "3"), ("c", "2")], "a")


@each_version
def test_an_answer_comes_back(open_room: Open, tmp_path: Path, guest: str, path: str) -> None:
    async def asked(room: Room, url: str) -> bytes:
        async with nats_listener(url):
            ask = {"broker": "events", "topic": "conformance.echo", "text": "how?", "metadata": "a:1"}
            return await asyncio.to_thread(room, f"{path}/request", b"how?", **ask)

    with nats(tmp_path) as broker, open_room(guest, GRANTED, over_nats(broker.url)) as room:
        answer = asyncio.run(asked(room, broker.url))
    assert answer == (b"how?" if guest == "python-telling" else b'how? None Some([("a", "1")])')


def test_as_many_answers_come_back_as_the_guest_waits_for(open_room: Open, tmp_path: Path) -> None:
    async def asked(room: Room, url: str, replies: int) -> bytes:
        async with nats_listener(url), nats_listener(url):
            ask: dict[str, str | int] = {
                "broker": "events",
                "topic": "conformance.echo",
                "replies": replies,
                "wait": 500,
            }
            return await asyncio.to_thread(room, "messaging/wasi/request", b"x", **ask)

    with nats(tmp_path) as broker, open_room("rust-rooms", GRANTED, over_nats(broker.url)) as room:
        told = [asyncio.run(asked(room, broker.url, replies)) for replies in (1, 2, 3, 1_000_000)]
        assert [len(answers.split(b"\n")) for answers in told] == [1, 2, 2, 2]
        with pytest.raises(AskedInVain, match=r"Error::Other\(\"nobody answers"):
            room("messaging/wasi/request", broker="events", topic="nobody.hears")


@each_version
def test_a_broker_that_was_not_granted_is_denied(open_room: Open, guest: str, path: str) -> None:
    with open_room(guest, "", MEMORY) as room, pytest.raises(AskedInVain, match=r"Permission_?Denied.*`events` is not"):
        room(f"{path}/send", broker="events", topic="a")


@each_name
def test_a_topic_that_was_not_granted_is_denied(open_room: Open, path: str) -> None:
    granted = 'tool.atoll.messaging = ["events:orders.*", "events:users"]\n'
    with open_room("rust-rooms", granted, MEMORY) as room:
        for topic in ("orders.new", "orders.", "orders.a.b", "users"):
            room(f"{path}/send", broker="events", topic=topic)
        for topic in ("orders", "users.a", "aorders.new", ""):
            for what in ("send", "request"):
                with pytest.raises(AskedInVain, match=rf"PermissionDenied.*add `events:{topic}` to"):
                    room(f"{path}/{what}", broker="events", topic=topic)


def test_what_redis_hears_is_the_message_alone(open_room: Open, tmp_path: Path) -> None:
    async def published(room: Room, url: str) -> Sequence[Message]:
        async with redis_listener(url, "*") as listener:
            send = {"broker": "events", "topic": "a:b", "type": "text/plain"}
            await asyncio.to_thread(room, "messaging/wasi/send", b"hi", **send)
            return await listener.heard(1)

    with redis(tmp_path) as server:
        config = f'[messaging.events]\ntype = "redis"\nurl = "{server.url}"\n'
        with open_room("rust-rooms", GRANTED, config) as room:
            assert asyncio.run(published(room, server.url)) == [Message(b"hi", topic="a:b")]
            with pytest.raises(AskedInVain, match="Redis has no answers"):
                room("messaging/wasi/request", broker="events", topic="a")


@pytest.mark.parametrize("kind", ["nats", "redis"])
def test_a_dead_broker_gives_an_error_and_is_used_again_when_it_is_back(
    open_room: Open, tmp_path: Path, kind: str
) -> None:
    with (nats if kind == "nats" else redis)(tmp_path) as server:
        config = over_nats(server.url).replace("nats", kind, 1)
        send = {"broker": "events", "topic": "a"}
        with open_room("rust-rooms", GRANTED, config, "--workers", "1") as room:
            room("messaging/wasi/send", b"", **send)
            server.stop()
            for _ in range(2):
                with pytest.raises(AskedInVain, match="Error::Connection"):
                    room("messaging/wasi/send", b"", **send)
            server.start()
            room("messaging/wasi/send", b"", **send)


def test_a_worker_has_one_connection_to_nats_whatever_is_sent(open_room: Open, tmp_path: Path) -> None:
    with (
        nats(tmp_path) as broker,
        open_room("rust-rooms", GRANTED, over_nats(broker.url), "--workers", "1") as room,
        ThreadPoolExecutor(16) as many,
    ):
        send = {"broker": "events", "topic": "a"}
        list(many.map(lambda _: room("messaging/wasi/send", b"x", **send), range(200)))
        assert broker.connections() == 1


def test_a_client_that_is_disconnected_sends_nothing(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED, MEMORY) as room:
        with pytest.raises(AskedInVain, match="the client is disconnected"):
            room("messaging/wasi/disconnected", broker="events", topic="a")
        with pytest.raises(AskedInVain, match="nobody waits for a reply"):
            room("messaging/wasi/reply", broker="events", topic="a")


def test_a_message_larger_than_the_broker_takes_is_refused(open_room: Open, tmp_path: Path) -> None:
    with nats(tmp_path) as broker, open_room("rust-rooms", GRANTED, over_nats(broker.url)) as room:
        with pytest.raises(AskedInVain, match="the message has 2000000 bytes; at most 1048320 can be sent"):
            room("messaging/wasi/send", b"x" * 2_000_000, broker="events", topic="a")
        room("messaging/wasi/send", b"x" * 1_000_000, broker="events", topic="a")


@pytest.mark.parametrize("count, size", [(257, 0), (3, 50 << 20)])
def test_a_guest_that_holds_more_messages_than_it_may_is_ended(open_room: Open, count: int, size: int) -> None:
    with open_room("rust-rooms", GRANTED, MEMORY) as room:
        assert room("messaging/wasi/hold", broker="events", count=count - 1, size=size) == b"%d" % (count - 1)
        with pytest.raises(AskedInVain):
            room("messaging/wasi/hold", broker="events", count=count, size=size)
        room.app.wait_for("the call holds more than (256 messages|134217728 bytes of messages)")
        room("messaging/wasi/send", broker="events", topic="a")


def test_brokers_that_nobody_configured_end_the_start_all_at_once(make_app: MakeApp) -> None:
    keys = 'tool.atoll.messaging = ["events", "orders:new.*"]\n'
    ended = refused("-f", str(make_app(answering("rust-rooms") + keys)), "--listen", "127.0.0.1:0")
    assert "the messaging broker `events` is not configured" in ended.stderr
    assert "the messaging broker `orders` is not configured" in ended.stderr


@pytest.mark.parametrize(
    "config, said",
    [
        ('[messaging.events]\ntype = "kafka"\n', "`type` must be memory or nats or redis"),
        ('[messaging.events]\ntype = "nats"\n', "url"),
        ('[messaging.events]\ntype = "nats"\nurl = "http://x"\n', "`url` must begin with nats:// or tls://"),
        ('[messaging.events]\ntype = "redis"\nurl = "redis://x"\nchannel = "y"\n', "unknown key `channel`"),
        ('[messaging.events]\ntype = "memory"\nmax_messages = -1\n', "at least 0"),
    ],
)
def test_a_broker_that_cannot_be_used_is_refused_by_key_and_line(make_app: MakeApp, config: str, said: str) -> None:
    ended = refused_with(config, make_app(answering("rust-rooms") + GRANTED))
    assert said in ended.stderr
    assert "runtime.toml:" in ended.stderr


@pytest.mark.parametrize("grant", ["", ":a", "events:", "a b", "-x:y"])
def test_a_grant_that_names_no_broker_is_refused(make_app: MakeApp, grant: str) -> None:
    keys = f'tool.atoll.messaging = ["{grant}"]\n'
    ended = refused("-f", str(make_app(answering("rust-rooms") + keys)), "--listen", "127.0.0.1:0")
    assert "spin.toml:" in ended.stderr
