"""Requests to an ASGI application, each with a lifespan of its own around it.

The response is complete when the application says so; its call, and the tasks it began, go on to their end before the sandbox
does. What is done once belongs to the module: it is in the component already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from wit_world.imports import wasi_http_types as wasi

from atoll_guest.failures import tell
from atoll_guest.loop import own
from atoll_guest.messages.bodies import BodyBroken, BodyUnwanted
from atoll_guest.messages.request import Request
from atoll_guest.serve.answering import Answer, without_hops
from atoll_guest.serve.lifespan import Lifespan

__all__ = ("Application", "serve")

Message = MutableMapping[str, Any]
Application = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def serve(application: Application, incoming: wasi.IncomingRequest, out: wasi.ResponseOutparam) -> None:
    """Answer one request."""
    own().run(_served(application, Request(incoming), Answer(out)))


async def _served(application: Application, request: Request, answer: Answer) -> None:
    lifespan = Lifespan(application)
    try:
        await lifespan.start()
        before = asyncio.all_tasks()
        await Cycle(application, request, answer, lifespan.state).run()
        await _ended(asyncio.all_tasks() - before)
    except BaseException as error:
        tell(error)
        answer.fail()
    finally:
        request.close()
        await lifespan.stop()


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    """Wait for what a request left behind; its failures are told as asyncio tells them."""
    if tasks:
        await asyncio.wait(tasks)


class Cycle:
    """One request and its response, as ASGI's messages."""

    def __init__(
        self, application: Application, request: Request, answer: Answer, state: dict[str, Any] | None
    ) -> None:
        self._application = application
        self._request = request
        self._answer = answer
        self._scope = scope(request, state)
        self._pieces = aiter(request.stream)
        self._all_read = False
        self._gone: asyncio.Future[None] | None = None
        self._left = False
        self._head: tuple[int, list[tuple[str, bytes]]] | None = None
        self._complete = False

    async def run(self) -> None:
        """Call the application; what it raises is told, and answered if it can be."""
        try:
            await self._application(self._scope, self._receive, self._send)
        except BodyUnwanted:
            self._answer.fail()
            return
        except BaseException as error:
            tell(error)
            self._answer.fail()
            return
        if not self._complete:
            told = "began a response and did not end it" if self._head else "returned without a response"
            tell(RuntimeError(f"the application {told}"))
            self._answer.fail()

    async def _receive(self) -> Message:
        if not (self._all_read or self._left):
            try:
                piece = await anext(self._pieces, b"")
            except BodyBroken:
                self._left = True
                return {"type": "http.disconnect"}
            self._all_read = not piece
            return {"type": "http.request", "body": piece, "more_body": bool(piece)}
        if not (self._complete or self._left):
            # Nothing tells a guest that its client left, until it writes.
            if self._gone is None:
                self._gone = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._gone)
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                if self._head is not None:
                    raise RuntimeError("http.response.start was sent twice")
                headers = [(name.decode("latin-1"), value) for name, value in message.get("headers", ())]
                self._head = message["status"], without_hops(headers)
            case "http.response.body":
                await self._send_body(message.get("body", b""), message.get("more_body", False))
            case other:
                raise RuntimeError(f"{other} is no message of a response that this server takes")

    async def _send_body(self, data: bytes, more: bool) -> None:
        if self._head is None:
            raise RuntimeError("http.response.start must be sent before http.response.body")
        if self._complete:
            raise RuntimeError("the response is complete already")
        body = self._answer.body or self._answer.start(*self._head)
        try:
            await body.write_soon(bytes(data))
        except BodyUnwanted:
            self._left = True
            self._wake()
            raise
        if not more:
            self._answer.finish()
            self._complete = True
            self._wake()

    def _wake(self) -> None:
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)


def scope(request: Request, state: dict[str, Any] | None) -> dict[str, Any]:
    """ASGI's description of a request."""
    raw_path, _, query = request.target.partition("?")
    headers = request.headers
    made: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": unquote_to_bytes(raw_path).decode("utf-8", "replace") if "%" in raw_path else raw_path,
        "raw_path": raw_path.encode("ascii", "replace"),
        "query_string": query.encode("ascii", "replace"),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value) for name, value in headers.sent()],
        "client": _address(headers.get("spin-client-addr", "")),
        "server": _address(request.host),
        "extensions": {},
    }
    if state is not None:
        made["state"] = state.copy()
    return made


def _address(text: str) -> tuple[str, int | None] | None:
    """Host and port of `host:port`."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        return (text, None) if text else None
    return host.strip("[]"), int(port)
