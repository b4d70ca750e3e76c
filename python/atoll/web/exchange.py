"""One request and its answer, as ASGI's messages."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from atoll.host.core import calling

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# A body that is announced to be no longer than this is read before its guest starts: the call need not wait for it.
_SMALL = 64 << 10
# Instead of a length: the client asks first.
_ASKS = -1


@dataclass(frozen=True, slots=True)
class Begun:
    """What of a request's body is here: all of it, or a first `portion` of one that goes on.

    A client that `expects` a word sends none of it before.
    """

    body: bytes | None
    portion: bytes = b""
    expects: bool = False


_STREAMED = Begun(None)
_EXPECTED = Begun(None, expects=True)
_EMPTY = Begun(b"")


async def beginning(scope: Scope, receive: Receive) -> Begun | None:
    """Read a body that is small. None where the client has left."""
    length = _announced(scope)
    if length == 0:
        return _EMPTY
    if length == _ASKS:
        return _EXPECTED
    if length is not None:
        return await _whole(receive) if length <= _SMALL else _STREAMED
    if scope["method"] in ("GET", "HEAD") and scope.get("http_version", "1.1") >= "2":
        # The end of a request's head says whether there is a body, and the server alone knows.
        return await _first(receive)
    return _STREAMED


def _announced(scope: Scope) -> int | None:
    """How long the body is; None where nobody says so, `_ASKS` where the client waits for a word before it sends it."""
    length = 0 if scope.get("http_version", "1.1") < "2" else None
    is_chunked = False
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value) if value.isdigit() else None
        elif name == b"transfer-encoding":
            is_chunked = True
        elif name == b"expect":
            return _ASKS
    return None if is_chunked else length


async def _whole(receive: Receive) -> Begun | None:
    parts = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return Begun(b"".join(parts))
    return None


async def _first(receive: Receive) -> Begun | None:
    message = await receive()
    if message["type"] != "http.request":
        return None
    body = message.get("body", b"")
    return Begun(None, body) if message.get("more_body", False) else Begun(body)


async def deliver(messages: list[Message], send: Send) -> bool:
    """Send the messages; whether the client was there to get them."""
    try:
        for message in messages:
            await send(message)
    except OSError:
        return False
    return True


class Exchange:
    """A request that takes longer: its body goes in while its answer comes out, and a client that leaves ends it."""

    def __init__(self, call: Any, receive: Receive, send: Send) -> None:
        self._call = call
        self._receive = receive
        self._send = send
        self._awaited: asyncio.Future[None] | None = None
        self._has_left = False
        self._failed: Exception | None = None

    async def run(self, begun: Begun) -> None:
        """Until the last message was sent, or the client has left. Raises UserError where the answer breaks off."""
        if begun.portion:
            self._call.give(begun.portion, True)
        listening: asyncio.Task[None] | None = None
        try:
            with calling():
                if begun.expects and not await self._is_wanted():
                    return
                listening = asyncio.create_task(self._listen(is_whole=begun.body is not None))
                await self._answer()
        finally:
            self._call.abandon()
            if listening is not None:
                listening.cancel()
        if self._failed is not None:
            raise self._failed

    async def _is_wanted(self) -> bool:
        """Wait until the guest reads. An answer that begins before that is sent before a body is asked for.

        False where the client has left.
        """
        while True:
            room = self._call.room()
            messages = self._call.messages()
            if isinstance(messages, list):
                return await deliver(messages, self._send)
            if room is None:
                return True
            await asyncio.wait((room, messages), return_when=asyncio.FIRST_COMPLETED)

    async def _answer(self) -> None:
        call = self._call
        while not (call.ended or self._has_left):
            messages = call.messages()
            if not isinstance(messages, list):
                self._awaited = messages
                await messages
            elif not await deliver(messages, self._send):
                return

    async def _listen(self, *, is_whole: bool) -> None:
        try:
            while True:
                while not is_whole and (full := self._call.room()) is not None:
                    await full
                message = await self._receive()
                if message["type"] != "http.request":
                    break
                if not is_whole:
                    is_whole = not message.get("more_body", False)
                    self._call.give(message.get("body", b""), not is_whole)
        except Exception as error:
            self._failed = error
        self._has_left = True
        self._call.abandon()
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)
