"""A request, as a handler gets it. Nothing of it is asked of the host before it is looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from wit_world.imports import wasi_http_types as wasi

from atoll_guest.messages.bodies import Incoming
from atoll_guest.messages.values import Headers, Values

__all__ = ("METHODS", "Request", "method_name")

METHODS: dict[str, Callable[[], wasi.Method]] = {
    "GET": wasi.Method_Get,
    "HEAD": wasi.Method_Head,
    "POST": wasi.Method_Post,
    "PUT": wasi.Method_Put,
    "DELETE": wasi.Method_Delete,
    "CONNECT": wasi.Method_Connect,
    "OPTIONS": wasi.Method_Options,
    "TRACE": wasi.Method_Trace,
    "PATCH": wasi.Method_Patch,
}
_NAMES = {kind: name for name, kind in METHODS.items()}
_FORM = "application/x-www-form-urlencoded"


class Request:
    """What was asked: `method`, `path`, `query`, `headers` and a body.

    The body is there whole (`body`, `text()`, `json()`, `form()`), or in pieces as they come: `for piece in request.stream`,
    `async for piece in request.stream`. In a coroutine, `await request.read()` waits for it while other tasks go on.
    """

    def __init__(self, incoming: wasi.IncomingRequest) -> None:
        self._incoming = incoming
        self.stream = Incoming(incoming.consume)

    @cached_property
    def method(self) -> str:
        """`GET`, `POST` and so on."""
        return method_name(self._incoming.method())

    @cached_property
    def target(self) -> str:
        """Path and query as they were sent: `/a%20b?c=d`."""
        return self._incoming.path_with_query() or "/"

    @cached_property
    def path(self) -> str:
        """The path without the query, decoded: `/a b`."""
        path = self.target.partition("?")[0]
        return unquote(path) if "%" in path else path

    @cached_property
    def query(self) -> Values:
        """The parameters after the `?`, decoded."""
        return Values.parsed(self.target.partition("?")[2])

    @cached_property
    def headers(self) -> Headers:
        """What the client sent, and the `spin-…` headers of the server."""
        with self._incoming.headers() as fields:
            return Headers.received(fields.entries())

    @cached_property
    def scheme(self) -> str:
        """`http` or `https`."""
        match self._incoming.scheme():
            case wasi.Scheme_Https():
                return "https"
            case wasi.Scheme_Other(name):
                return name
            case _:
                return "http"

    @cached_property
    def host(self) -> str:
        """Name and port that the client asked for; empty where it named none."""
        return self._incoming.authority() or self.headers.get("host", "")

    @property
    def body(self) -> bytes:
        """The whole body."""
        return self.stream.whole()

    async def read(self) -> bytes:
        """The whole body; other tasks go on until it is there."""
        return await self.stream.read()

    def text(self) -> str:
        """The body as UTF-8. Raises UnicodeDecodeError, a ValueError."""
        return self.body.decode()

    def json(self) -> Any:
        """What the body says as JSON. Raises json.JSONDecodeError, a ValueError."""
        return json.loads(self.body)

    def form(self) -> Values:
        """The fields of a form that was sent as HTML forms are (`application/x-www-form-urlencoded`). Raises ValueError."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise ValueError(f"the body is {kind or 'of no named type'}, not {_FORM}")
        return Values.parsed(self.text())

    def close(self) -> None:
        """Give back what the host holds for the request."""
        self.stream.close()

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.target}>"


def method_name(method: wasi.Method) -> str:
    """A method's name as it is on the wire."""
    return method.value if isinstance(method, wasi.Method_Other) else _NAMES[type(method)]
