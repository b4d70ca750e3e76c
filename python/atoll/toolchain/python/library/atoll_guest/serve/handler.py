"""Requests to the function that `@handler` names."""

from __future__ import annotations

from collections.abc import AsyncIterable, Coroutine, Iterable
from typing import Any, cast

from wit_world.imports import wasi_http_types as wasi

from atoll_guest.failures import tell
from atoll_guest.messages.bodies import BodyUnwanted, Outgoing
from atoll_guest.messages.handling import Handler
from atoll_guest.messages.request import Request
from atoll_guest.messages.response import Response, encoded
from atoll_guest.serve.answering import Answer

__all__ = ("serve", "serve_soon")

_WITHOUT_BODY = (204, 304)


def serve(handler: Handler, incoming: wasi.IncomingRequest, out: wasi.ResponseOutparam) -> None:
    """Answer one request by a plain function."""
    request, answer = Request(incoming), Answer(out)
    try:
        response = _checked(handler(request), handler)
        if isinstance(response.body, AsyncIterable):
            _on_loop(_send_soon(answer, response))
        else:
            _send(answer, response)
    except BaseException as error:
        _failed(error, answer)
    finally:
        request.close()


def serve_soon(handler: Handler, incoming: wasi.IncomingRequest, out: wasi.ResponseOutparam) -> None:
    """Answer one request by a coroutine function, on the event loop."""
    _on_loop(_served(handler, incoming, out))


async def _served(handler: Handler, incoming: wasi.IncomingRequest, out: wasi.ResponseOutparam) -> None:
    request, answer = Request(incoming), Answer(out)
    try:
        made: Any = handler(request)
        await _send_soon(answer, _checked(await made, handler))
    except BaseException as error:
        _failed(error, answer)
    finally:
        request.close()


def _on_loop(served: Coroutine[Any, Any, None]) -> None:
    from atoll_guest.loop import own

    own().run(served)


def _failed(error: BaseException, answer: Answer) -> None:
    # Who left before the end of the answer is no trouble of the app's.
    if not isinstance(error, BodyUnwanted):
        tell(error)
    answer.fail()


def _checked(response: object, handler: Handler) -> Response:
    if isinstance(response, Response):
        return response
    name = getattr(handler, "__name__", "the handler")
    raise TypeError(f"{name}() returned {type(response).__name__}: return a Response, such as Response.text(…)")


def _send(answer: Answer, response: Response) -> None:
    if isinstance(response.body, bytes | bytearray | memoryview):
        data = bytes(response.body)
        _begin(answer, response, len(data)).write(data)
    else:
        body = _begin(answer, response)
        for piece in cast("Iterable[bytes | str]", response.body):
            body.write(encoded(piece))
    answer.finish()


async def _send_soon(answer: Answer, response: Response) -> None:
    if isinstance(response.body, bytes | bytearray | memoryview):
        data = bytes(response.body)
        await _begin(answer, response, len(data)).write_soon(data)
    elif isinstance(response.body, AsyncIterable):
        body = _begin(answer, response)
        async for piece in response.body:
            await body.write_soon(encoded(piece))
    else:
        body = _begin(answer, response)
        for piece in response.body:
            await body.write_soon(encoded(piece))
    answer.finish()


def _begin(answer: Answer, response: Response, length: int | None = None) -> Outgoing:
    """Send the head, with the length of the body where it is known and may be said."""
    if length is not None and response.status not in _WITHOUT_BODY:
        response.headers.setdefault("content-length", str(length))
    return answer.start(response.status, response.headers.sent())
