"""A broker that is down, slow or hostile gives the room's error in time, and a later message goes through again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest

from atoll.capabilities.mqtt.provider import ConnectionFailed, Other, Qos
from tests.capabilities.mqtt.conftest import provider, session
from tests.servers.mosquitto import Mosquitto


async def failed(call: Awaitable[object], *, within: float) -> str:
    """The message of the failed connection that a call must end with, in so many seconds."""
    started = time.monotonic()
    with pytest.raises(ConnectionFailed) as caught:
        await call
    assert time.monotonic() - started < within
    return str(caught.value)


def test_a_dead_broker_is_told_at_once_and_used_again_when_it_is_back(own_broker: Mosquitto) -> None:
    opened = session(own_broker.address)

    async def run() -> None:
        async with provider() as mqtt:
            await mqtt.publish(opened, "a", b"", 1)
            own_broker.stop()
            assert str(own_broker.port) in await failed(mqtt.publish(opened, "a", b"", 0), within=1)
            await failed(mqtt.open(opened), within=1)
            own_broker.start()
            await mqtt.publish(opened, "a", b"", 1)

    asyncio.run(run())


@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_under_way_when_the_broker_dies_fails_at_once(own_broker: Mosquitto, qos: Qos) -> None:
    opened = session(own_broker.address)

    async def run() -> None:
        async with provider(operation_timeout=20) as mqtt:
            await mqtt.open(opened)
            with own_broker.halted():
                stuck = asyncio.create_task(mqtt.publish(opened, "a", b"", qos))
                await asyncio.sleep(0.05)
                own_broker.stop()
                await failed(stuck, within=1)
                own_broker.start()
            await mqtt.publish(opened, "a", b"", qos)

    asyncio.run(run())


@pytest.mark.slow
def test_a_broker_that_does_not_answer_is_given_up_and_used_again_later(broker: Mosquitto) -> None:
    opened = session(broker.address)

    async def run() -> None:
        async with provider(operation_timeout=0.2, connect_timeout=0.2) as mqtt:
            await mqtt.open(opened)
            with broker.halted():
                assert "within 0.2 s" in await failed(mqtt.publish(opened, "a", b"", 1), within=1)
                await asyncio.gather(*(failed(mqtt.publish(opened, "a", b"", 1), within=1) for _ in range(20)))
                tls = session(f"mqtts://localhost:{broker.tls_port}")
                assert "in time" in await failed(mqtt.open(tls), within=1)
            await mqtt.publish(opened, "a", b"", 1)

    asyncio.run(run())


def test_a_wrong_password_is_told_and_not_repeated(broker: Mosquitto) -> None:
    async def run() -> None:
        async with provider() as mqtt:
            opened = session(f"mqtt://127.0.0.1:{broker.guarded_port}?client_id=a", "stranger", "geheimnis")
            text = await failed(mqtt.open(opened), within=1)
            assert "geheimnis" not in text and "stranger" not in text

    asyncio.run(run())


def test_a_host_that_is_not_there_is_told() -> None:
    async def run() -> None:
        async with provider() as mqtt:
            text = await failed(mqtt.open(session("mqtt://u:geheim@nowhere.invalid")), within=3)
            assert "nowhere.invalid" in text and "geheim" not in text

    asyncio.run(run())


@pytest.mark.slow
def test_tls_needs_a_certificate_of_an_authority_that_is_trusted(broker: Mosquitto) -> None:
    opened = session(f"mqtts://localhost:{broker.tls_port}")

    async def run() -> None:
        async with provider(connect_timeout=0.5) as mqtt:
            assert "certificate" in (await failed(mqtt.open(opened), within=2)).lower()
            await failed(mqtt.open(session(f"mqtts://localhost:{broker.port}")), within=2)
        async with provider(ca_roots_file=str(broker.roots)) as mqtt:
            await mqtt.open(opened)

    asyncio.run(run())


def test_a_file_of_authorities_that_is_not_there_is_told_at_the_start() -> None:
    async def run() -> None:
        async with provider(ca_roots_file="absent.pem"):
            pass

    with pytest.raises(ValueError, match=r"ca_roots_file: there is no file absent\.pem"):
        asyncio.run(run())


@pytest.mark.parametrize("limit", [None, 10])
def test_a_payload_beyond_the_limit_is_refused_before_it_is_sent(broker: Mosquitto, limit: int | None) -> None:
    async def run() -> None:
        async with provider(max_payload_size_bytes=limit) as mqtt:
            await mqtt.publish(session(broker.address), "a", b"x" * 10, 1)
            with pytest.raises(Other, match=r"the payload has \d+ bytes; at most \d+ can be published"):
                await mqtt.publish(session(broker.address), "a", bytes(11 if limit else 1 << 28), 1)

    asyncio.run(run())


@pytest.mark.parametrize("part", ["client id", "username", "password"])
def test_what_mqtt_cannot_say_is_told(broker: Mosquitto, part: str) -> None:
    long = "x" * 65_530 + "ääää"
    opened = {
        "client id": session(f"{broker.address}?client_id={'x' * 65_536}"),
        "username": session(broker.address, username=long),
        "password": session(broker.address, "u", long),
    }[part]

    async def run() -> None:
        async with provider() as mqtt:
            with pytest.raises(Other, match="more than 65535 bytes"):
                await mqtt.open(opened)

    asyncio.run(run())


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[str]:
    """The address of a broker that gives these answers, one to each thing that it is sent, then listens on."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in answers:
                await reader.read(65536)
                writer.write(answer)
            await reader.read()
        except OSError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"mqtt://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


WELCOME = b"\x20\x02\x00\x00"
HOSTILE = {
    "another protocol": (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
    "nothing": (b"",),
    "half a packet": (b"\x20\x02",),
    "a packet without end": (b"\x20\xff\xff\xff\x7f" + b"x" * 100_000,),
    "a refusal": (b"\x20\x02\x00\x05",),
    "a refusal that nobody knows": (b"\x20\x02\x00\x99",),
    "silence after the login": (WELCOME, b""),
    "another number": (WELCOME, b"\x40\x02\x12\x34"),
    "another acknowledgement": (WELCOME, b"\x50\x02\x00\x01"),
    "an acknowledgement by halves": (WELCOME, b"\x40\x02\x00"),
    "a flood": (WELCOME, b"\x30\x02\x00\x00" * 100_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("answers", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_broker_gets_neither_memory_nor_time(answers: tuple[bytes, ...]) -> None:
    async def run() -> None:
        async with provider(operation_timeout=0.2, connect_timeout=0.2) as mqtt, answering(*answers) as address:
            for _ in range(2):
                assert await failed(mqtt.publish(session(address, "u", "geheim"), "a", b"", 1), within=1)

    asyncio.run(run())
