"""Requests to a WSGI application."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from wit_world.imports import wasi_http_types as wasi

from atoll_guest.failures import tell
from atoll_guest.messages.bodies import BodyUnwanted, Incoming, Outgoing
from atoll_guest.messages.request import Request
from atoll_guest.serve.answering import Answer, without_hops

__all__ = ("serve",)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(application: Application, incoming: wasi.IncomingRequest, out: wasi.ResponseOutparam) -> None:
    """Answer one request."""
    request, answer = Request(incoming), Answer(out)
    try:
        _run(application, request, answer)
    except BodyUnwanted:
        answer.fail()
    except BaseException as error:
        tell(error)
        answer.fail()
    finally:
        request.close()


def _run(application: Application, request: Request, answer: Answer) -> None:
    starting = Starting(answer)
    pieces = application(environ(request), starting)
    try:
        for piece in pieces:
            if piece:
                starting.write(piece)
        starting.begun()
        answer.finish()
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


class Starting:
    """WSGI's `start_response`: the head waits for the first piece of the body, so that it can still be another one."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._head: tuple[int, list[tuple[str, bytes]]] | None = None

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        if self._head is not None and exc_info is None:
            raise RuntimeError("start_response was called twice")
        if exc_info is not None and self._answer.started:
            raise exc_info[1].with_traceback(exc_info[2])
        sent = [(name, value.encode("latin-1")) for name, value in headers]
        self._head = int(status.split(" ", 1)[0]), without_hops(sent)
        return self.write

    def begun(self) -> Outgoing:
        """The body to write to; its head is out."""
        if self._answer.body is not None:
            return self._answer.body
        if self._head is None:
            raise RuntimeError("the application did not call start_response")
        return self._answer.start(*self._head)

    def write(self, data: bytes) -> None:
        """Send a piece of the body."""
        self.begun().write(data)


class Input(io.RawIOBase):
    """A request's body as a file."""

    def __init__(self, body: Incoming) -> None:
        self._body = body
        self._pieces: Iterator[bytes] | None = None
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._pieces is None:
            self._pieces = iter(self._body)
        data = self._left or next(self._pieces, b"")
        taken = min(len(buffer), len(data))
        buffer[:taken], self._left = data[:taken], data[taken:]
        return taken


def environ(request: Request) -> dict[str, Any]:
    """WSGI's description of a request."""
    path, _, query = request.target.partition("?")
    host, _, port = request.host.partition(":")
    made: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
        "REQUEST_URI": request.target,
        "SERVER_NAME": host or "localhost",
        "SERVER_PORT": port or ("443" if request.scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.headers.get("spin-client-addr", "").rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BufferedReader(Input(request.stream)),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name in request.headers:
        key = name.upper().replace("-", "_")
        value = request.headers[name]
        made[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return made
