"""A call whose answer is not whole yet: its body goes in while its messages come out."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

from atoll.django.requests import Body
from atoll.host.core import calling
from atoll.web.exchange import Message


class Exchange:
    """One call and its request's body, followed by a thread or on an event loop."""

    def __init__(self, call: Any, body: Body) -> None:
        self._call = call
        self._body = body
        # Messages that are here and were not given.
        self._here: deque[Message] = deque()

    def wait(self) -> Iterator[Message]:
        """The messages; the thread that asks for one waits for it. Raises UserError where the answer breaks off."""
        while True:
            while self._here:
                yield self._here.popleft()
            if self._call.ended:
                return
            with calling():
                messages = self._call.wait(self._body.is_left)
            if messages is None:
                self._body.give(self._call)
            else:
                self._here.extend(messages)

    async def follow(self) -> AsyncIterator[Message]:
        """The messages, awaited on the running loop. Whoever stops asking ends the call.

        Raises UserError where the answer breaks off.
        """
        feeding = asyncio.create_task(self._feed())
        try:
            while True:
                while self._here:
                    yield self._here.popleft()
                if self._call.ended:
                    return
                with calling():
                    messages = self._call.messages()
                if isinstance(messages, list):
                    self._here.extend(messages)
                else:
                    await messages
        finally:
            self._call.abandon()
            feeding.cancel()

    def abandon(self) -> None:
        """Nobody wants the answer any more: the call ends, if it has not."""
        self._call.abandon()

    async def _feed(self) -> None:
        while self._body.is_left:
            while (full := self._call.room()) is not None:
                await full
            self._body.give(self._call)
