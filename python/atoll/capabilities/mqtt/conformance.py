"""What every provider of outbound MQTT must do, to run against a real broker.

    @pytest.mark.parametrize("check", CHECKS)
    def test_my_provider_conforms(check):
        asyncio.run(check(MyProvider(...), Session("mqtt://127.0.0.1:1883", "", "", 30), listener))

The listener is not the provider's: whatever client subscribes to `conformance/#` and tells what came.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, get_args

from atoll.capabilities.conformance import failure, settled
from atoll.capabilities.mqtt.provider import ConnectionFailed, InvalidAddress, Mqtt, Other, Qos, Session

LEVELS: tuple[Qos, ...] = get_args(Qos)


class Listener(Protocol):
    """A subscription to `conformance/#` with quality of service 2, made before the check begins."""

    async def heard(self, count: int) -> Sequence[tuple[int, str, bytes]]:
        """The next messages: quality of service, topic and payload of each. Fails if they do not come."""


Check = Callable[[Mqtt, Session, Listener], Awaitable[None]]


async def a_message_arrives_as_it_was_published(mqtt: Mqtt, session: Session, listener: Listener) -> None:
    """Once, at each quality of service, with any bytes, the empty ones and 200 kB too."""
    await settled(mqtt.open(session))
    payloads = (b"Eureka!", b"", bytes(range(256)), b"x" * 127, b"x" * 16384, b"x" * 200_000)
    for qos in LEVELS:
        for payload in payloads:
            await settled(mqtt.publish(session, "conformance/payload", payload, qos))
            assert list(await listener.heard(1)) == [(qos, "conformance/payload", payload)]


async def any_topic_that_is_one_can_be_published_to(mqtt: Mqtt, session: Session, listener: Listener) -> None:
    """With blanks, empty levels, letters of all planes, and as long as it may be."""
    for end in ("a b", "", "/", "//a", "$SYS", "ä", "🌊", "\ufeff", "l" * 60_000, "/".join("l" * 190)):
        topic = f"conformance/{end}"
        await settled(mqtt.publish(session, topic, b"", 1))
        assert list(await listener.heard(1)) == [(1, topic, b"")]


async def what_is_no_topic_to_publish_to_is_refused(mqtt: Mqtt, session: Session, listener: Listener) -> None:
    """Without harm to messages of others at the same time, which a broker that ends the connection would do."""
    letters = ("#", "+/a", "\0", "\x1b", "\uffff", "l" * 65536, "/l" * 300)
    wrong = ["", *(f"conformance/{end}" for end in letters)]
    others = [settled(mqtt.publish(session, "conformance/other", b"%d" % n, 2)) for n in range(20)]
    refused = [failure(partial(mqtt.publish, session, topic, b"", LEVELS[n % 3])) for n, topic in enumerate(wrong)]
    failures = await asyncio.gather(*refused, *others)
    assert [type(failed) for failed in failures[: len(wrong)]] == [Other] * len(wrong)
    assert {payload for _, _, payload in await listener.heard(20)} == {b"%d" % n for n in range(20)}


async def messages_of_one_after_the_other_keep_their_order(mqtt: Mqtt, session: Session, listener: Listener) -> None:
    """Also those that nobody acknowledges."""
    for qos in LEVELS:
        for number in range(30):
            await settled(mqtt.publish(session, "conformance/order", b"%d" % number, qos))
        assert [payload for _, _, payload in await listener.heard(30)] == [b"%d" % n for n in range(30)]


async def messages_at_the_same_time_arrive_once_each(mqtt: Mqtt, session: Session, listener: Listener) -> None:
    """A hundred of them."""
    calls = (settled(mqtt.publish(session, "conformance/many", b"%d" % n, LEVELS[n % 3])) for n in range(100))
    await asyncio.gather(*calls)
    assert sorted(int(payload) for _, _, payload in await listener.heard(100)) == list(range(100))


async def what_is_no_address_is_refused(mqtt: Mqtt, session: Session, listener: Listener) -> None:
    """Without a word of it in the message, as it may hold a password."""
    del listener
    for wrong in ("", "nonsense", "http://127.0.0.1/", "mqtt://", "mqtt://:geheim@", "mqtt://u:geheim@h:99999"):
        opened = replace(session, address=wrong)
        for call in (partial(mqtt.open, opened), partial(mqtt.publish, opened, "conformance/a", b"", 1)):
            failed = await failure(call)
            assert isinstance(failed, InvalidAddress), wrong
            assert "geheim" not in str(failed)


async def a_broker_that_is_not_there_is_a_failed_connection(mqtt: Mqtt, session: Session, listener: Listener) -> None:
    """Port 1 of this machine, where nobody listens."""
    del listener
    absent = replace(session, address="mqtt://127.0.0.1:1?client_id=conformance", password="geheim")
    failed = await failure(lambda: mqtt.open(absent))
    assert isinstance(failed, ConnectionFailed)
    assert str(failed) and "geheim" not in str(failed)


CHECKS: tuple[Check, ...] = (
    a_message_arrives_as_it_was_published,
    any_topic_that_is_one_can_be_published_to,
    what_is_no_topic_to_publish_to_is_refused,
    messages_of_one_after_the_other_keep_their_order,
    messages_at_the_same_time_arrive_once_each,
    what_is_no_address_is_refused,
    a_broker_that_is_not_there_is_a_failed_connection,
)
