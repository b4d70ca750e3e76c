"""What every provider of messaging must do, to run against a real broker.

    @pytest.mark.parametrize("check", CHECKS)
    def test_my_provider_conforms(check):
        asyncio.run(check(MyBroker(...), listener))

Brokers with metadata and with answers pass `CHECKS_OF_METADATA` and `CHECKS_OF_ANSWERS` too. The listener is not the
provider's: whatever client hears messages to topics that begin with `conformance.`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from atoll.capabilities.conformance import failure, settled
from atoll.capabilities.messaging.provider import Broker, Message, Other, TimedOut


class Listener(Protocol):
    """Hears from before the check begins. It answers messages to `conformance.echo` with what they are."""

    async def heard(self, count: int) -> Sequence[Message]:
        """The next messages, each with its topic. Fails if they do not come."""


Check = Callable[[Broker, Listener], Awaitable[None]]


async def a_message_arrives_as_it_was_sent(broker: Broker, listener: Listener) -> None:
    """With any bytes, the empty ones and 200 kB too."""
    for data in (b"Eureka!", b"", bytes(range(256)), b"x" * 200_000):
        await settled(broker.send("conformance.data", Message(data)))
        (heard,) = await listener.heard(1)
        assert (heard.topic, heard.data) == ("conformance.data", data)


async def messages_of_one_after_the_other_keep_their_order(broker: Broker, listener: Listener) -> None:
    """To one topic."""
    for number in range(50):
        await settled(broker.send("conformance.order", Message(b"%d" % number)))
    assert [int(heard.data) for heard in await listener.heard(50)] == list(range(50))


async def messages_at_the_same_time_arrive_once_each(broker: Broker, listener: Listener) -> None:
    """A hundred of them."""
    await asyncio.gather(*(settled(broker.send("conformance.many", Message(b"%d" % n))) for n in range(100)))
    assert sorted(int(heard.data) for heard in await listener.heard(100)) == list(range(100))


async def a_message_that_is_too_large_is_refused_and_disturbs_no_other(broker: Broker, listener: Listener) -> None:
    """Of 100 MB, more than any broker is told to take."""
    others = [settled(broker.send("conformance.other", Message(b"%d" % n))) for n in range(20)]
    too_large = failure(partial(broker.send, "conformance.large", Message(b"x" * 100_000_000)))
    refused, *_ = await asyncio.gather(too_large, *others)
    assert isinstance(refused, Other)
    assert {heard.topic for heard in await listener.heard(20)} == {"conformance.other"}


async def metadata_and_content_type_arrive(broker: Broker, listener: Listener) -> None:
    """With values of any letters, the empty one too."""
    metadata = [("a", "1"), ("b-c", "Ωmega"), ("d", "")]
    await settled(broker.send("conformance.metadata", Message(b"{}", "application/json", metadata)))
    (heard,) = await listener.heard(1)
    assert (heard.content_type, sorted(heard.metadata)) == ("application/json", metadata)


async def metadata_cannot_feign_anything_else(broker: Broker, listener: Listener) -> None:
    """A name or value with a line's end is refused, or arrives as it is."""
    for metadata in ([("a", "1\r\nb: 2")], [("a\r\nb", "1")], [("a: 1\r\nb", "2")]):
        try:
            await settled(broker.send("conformance.feigned", Message(b"", None, metadata)))
        except Other:
            continue
        (heard,) = await listener.heard(1)
        assert list(heard.metadata) == metadata


async def an_answer_comes_back(broker: Broker, listener: Listener) -> None:
    """With its data, content type and metadata."""
    sent = Message(b"how?", "text/plain", [("a", "1")])
    (answer,) = await settled(broker.request("conformance.echo", sent, 5, 1))
    assert (answer.data, answer.content_type, list(answer.metadata)) == (b"how?", "text/plain", [("a", "1")])


async def answers_find_those_who_asked(broker: Broker, listener: Listener) -> None:
    """Fifty at the same time."""
    asked = (settled(broker.request("conformance.echo", Message(b"%d" % n), 5, 1)) for n in range(50))
    assert [int(answers[0].data) for answers in await asyncio.gather(*asked)] == list(range(50))


async def fewer_answers_than_wanted_are_told_when_the_time_is_over(broker: Broker, listener: Listener) -> None:
    """The one that came."""
    answers = await settled(broker.request("conformance.echo", Message(b"x"), 0.3, 3))
    assert [answer.data for answer in answers] == [b"x"]


async def who_never_answers_is_waited_for_until_the_time_is_over(broker: Broker, listener: Listener) -> None:
    """The listener hears this topic, and says nothing."""
    assert isinstance(await failure(partial(broker.request, "conformance.silent", Message(b""), 0.2, 1)), TimedOut)


async def where_nobody_hears_is_an_error_at_once(broker: Broker, listener: Listener) -> None:
    """Not after a timeout of a minute."""
    async with asyncio.timeout(5):
        failed = await failure(partial(broker.request, "nobody.hears", Message(b""), 60, 1))
    assert isinstance(failed, Other)


CHECKS: tuple[Check, ...] = (
    a_message_arrives_as_it_was_sent,
    messages_of_one_after_the_other_keep_their_order,
    messages_at_the_same_time_arrive_once_each,
    a_message_that_is_too_large_is_refused_and_disturbs_no_other,
)
CHECKS_OF_METADATA: tuple[Check, ...] = (metadata_and_content_type_arrive, metadata_cannot_feign_anything_else)
CHECKS_OF_ANSWERS: tuple[Check, ...] = (
    an_answer_comes_back,
    answers_find_those_who_asked,
    fewer_answers_than_wanted_are_told_when_the_time_is_over,
    who_never_answers_is_waited_for_until_the_time_is_over,
    where_nobody_hears_is_an_error_at_once,
)
"""Those that every provider passes, and those of brokers that can do more."""
