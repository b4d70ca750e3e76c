"""Messages that stay in this process: for tests, and for programs that embed an app and answer its messages."""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Struct

from atoll.capabilities.messaging.provider import Message, Other, TimedOut
from atoll.capabilities.messaging.remote import check_size
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc
from atoll.manifest.units import Unit, parse

Answering: TypeAlias = Callable[[Message], Awaitable[Message | None] | Message | None]


class MemoryConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys beside `type = "memory"`."""

    max_messages: Annotated[int, Doc("How many messages are kept, the latest ones.")] = 1000
    max_message_size: Annotated[str, Doc("Bytes of the largest message.")] = "1MiB"

    def __post_init__(self) -> None:
        if self.max_messages < 0:
            raise ValueError("`max_messages` must be at least 0")
        if parse(Unit.SIZE, self.max_message_size) < 1:
            raise ValueError("`max_message_size` must be at least 1")


class MemoryBroker:
    """Each process has its own. `sent` are the latest messages, with their topics."""

    Config: ClassVar[type[Struct]] = MemoryConfig

    def __init__(self, config: MemoryConfig, place: Place) -> None:
        self._largest = parse(Unit.SIZE, config.max_message_size)
        self._answering: list[tuple[str, Answering]] = []
        self.sent: deque[Message] = deque(maxlen=config.max_messages)

    def answer(self, topics: str, answering: Answering) -> None:
        """Call a function with each message to topics like these (`*` for any characters); what it returns is a reply.

        The function may be `async def`, and returns None where it has nothing to say.
        """
        self._answering.append((topics, answering))

    async def send(self, topic: str, message: Message) -> None:
        """Keep it, and tell it to whoever wants to hear it."""
        await asyncio.gather(*self._told(topic, message))

    async def request(self, topic: str, message: Message, timeout: float | None, replies: int) -> list[Message]:
        """The first replies of those who hear it."""
        told = [asyncio.ensure_future(each) for each in self._told(topic, message)]
        if not told:
            raise Other("nobody answers messages to this topic")
        answers: list[Message] = []
        try:
            async with asyncio.timeout(timeout):
                for heard in asyncio.as_completed(told):
                    answer = await heard
                    if answer is not None and len(answers) < replies:
                        answers.append(replace(answer, topic=answer.topic or topic))
                    if len(answers) == replies:
                        break
        except TimeoutError:
            pass
        finally:
            for each in told:
                each.cancel()
        if not answers:
            raise TimedOut("nobody answered in time")
        return answers

    def _told(self, topic: str, message: Message) -> list[Awaitable[Message | None]]:
        check_size(message, self._largest)
        sent = replace(message, topic=topic)
        self.sent.append(sent)
        return [_asked(answering, sent) for topics, answering in self._answering if fnmatchcase(topic, topics)]


async def _asked(answering: Answering, message: Message) -> Message | None:
    answer = answering(message)
    return await answer if inspect.isawaitable(answer) else answer
