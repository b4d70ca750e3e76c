"""An app below a path of a Django project.

urlpatterns = [atoll.django.mount("guests/", "path/to/spin.toml")]

Under ASGI, Django has read a request's body before it calls a view; under WSGI the body is streamed. Answers are
streamed under both.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from atoll.host.core import calling
from atoll.web import Mounted, asgi
from atoll.web.exchange import Message
from atoll.web.loaded import Path

App = Mounted | Path

_PORTION = 64 << 10


def mount(route: str, app: App, *, is_async: bool = True, name: str | None = None) -> URLPattern:
    """Lead every path below `route` to the app: by an async view, for ASGI servers, unless `is_async` says no."""
    answers = (view if is_async else sync_view)(app)
    return re_path(rf"^{re.escape(route)}(?P<path>.*)$", answers, name=name)


def view(app: App) -> Callable[..., Coroutine[Any, Any, HttpResponseBase]]:
    """An async view that answers with the app.

    Of the request's path, the app sees what the pattern captures as `path`; all of it, if it captures nothing. Guests
    look after forged requests themselves: the view has no CSRF check.
    """
    mounted = _mounted(app)

    @csrf_exempt
    async def answer(request: HttpRequest, path: str | None = None, **_captured: object) -> HttpResponseBase:
        body = _Body(request)
        call = mounted.ask(_scope(request, path), body.whole)
        if isinstance(call, list):
            return _response(call)
        following = _following(call, body)
        return _response([await anext(following)], following)

    return answer


def sync_view(app: App) -> Callable[..., HttpResponseBase]:
    """The same as a view that blocks its thread: for WSGI servers."""
    mounted = _mounted(app)

    @csrf_exempt
    def answer(request: HttpRequest, path: str | None = None, **_captured: object) -> HttpResponseBase:
        body = _Body(request)
        call = mounted.ask(_scope(request, path), body.whole)
        if isinstance(call, list):
            return _response(call)
        following = _waited(call, body)
        return _response([next(following)], following)

    return answer


def _mounted(app: App) -> Mounted:
    return app if isinstance(app, Mounted) else asgi(app)


class _Body:
    """A request's body: `whole`, or else in portions."""

    def __init__(self, request: HttpRequest) -> None:
        first = request.read(_PORTION)
        second = request.read(_PORTION) if first else b""
        self.whole: bytes | None = None if second else first
        self.portions: Iterator[bytes] = chain((first, second), iter(lambda: request.read(_PORTION), b""))


async def _following(call: Any, body: _Body) -> AsyncIterator[Message]:
    """The call's messages, while its body goes in. Whoever stops asking ends the call."""
    feeding = asyncio.create_task(_feed(call, body))
    try:
        with calling():
            while not call.ended:
                messages = call.messages()
                if isinstance(messages, list):
                    for message in messages:
                        yield message
                else:
                    await messages
    finally:
        call.abandon()
        feeding.cancel()


async def _feed(call: Any, body: _Body) -> None:
    if body.whole is not None:
        return
    for portion in body.portions:
        while (full := call.room()) is not None:
            await full
        call.give(portion, True)
    call.give(b"", False)


def _waited(call: Any, body: _Body) -> Iterator[Message]:
    """The same on this thread."""
    is_feeding = body.whole is None
    try:
        with calling():
            while not call.ended:
                messages = call.wait(is_feeding)
                if messages is None:
                    portion = next(body.portions, b"")
                    is_feeding = bool(portion)
                    call.give(portion, is_feeding)
                else:
                    yield from messages
    finally:
        call.abandon()


class _Repeating(HttpResponseBase):
    """A response with headers that stand there more than once, which Django's own mapping cannot hold."""

    repeated: tuple[tuple[str, str], ...] = ()

    def items(self) -> Iterable[tuple[str, str]]:
        """All headers."""
        return [*super().items(), *self.repeated]


class _Whole(_Repeating, HttpResponse):
    """An answer that is here."""


class _Streamed(_Repeating, StreamingHttpResponse):
    """An answer whose guest is still at it."""


def _response(
    messages: list[Message], following: Iterator[Message] | AsyncIterator[Message] | None = None
) -> HttpResponseBase:
    start, *rest = messages
    response: _Whole | _Streamed
    if following is None:
        response = _Whole(b"".join(message["body"] for message in rest), status=start["status"])
    elif isinstance(following, AsyncIterator):
        response = _Streamed((message["body"] async for message in following), status=start["status"])
    else:
        response = _Streamed((message["body"] for message in following), status=start["status"])
    del response.headers["Content-Type"]
    repeated = []
    for name, value in ((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]):
        if name in response.headers:
            repeated.append((name, value))
        else:
            response.headers[name] = value
    response.repeated = tuple(repeated)
    return response


def _scope(request: HttpRequest, path: str | None) -> dict[str, Any]:
    """The request as ASGI says it. What of its path lies before the part that the app sees is its mount."""
    given: dict[str, Any] | None = getattr(request, "scope", None)
    scope = _of_wsgi(request) if given is None else dict(given)
    scope["root_path"] = request.path.removesuffix(request.path_info if path is None else path)
    return scope | {"extensions": {}}


def _of_wsgi(request: HttpRequest) -> dict[str, Any]:
    meta = request.META
    raw = str(meta.get("RAW_URI") or meta.get("REQUEST_URI") or "")
    headers = ((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items())
    return {
        "type": "http",
        "http_version": str(meta.get("SERVER_PROTOCOL", "HTTP/1.1")).removeprefix("HTTP/"),
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": raw.partition("?")[0].encode("latin-1") if raw.startswith("/") else None,
        "query_string": str(meta.get("QUERY_STRING", "")).encode("latin-1"),
        "headers": list(headers),
        "client": (meta.get("REMOTE_ADDR", ""), 0),
    }
