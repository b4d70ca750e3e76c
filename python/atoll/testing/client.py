"""How a test's requests reach an app in this process: from its own thread, or from its event loop."""

from collections.abc import Iterator
from typing import Any

import httpx

from atoll.host.core import calling
from atoll.web import Mounted
from atoll.web.exchange import Message

BASE_URL = "http://testserver"


class AppTransport(httpx.BaseTransport):
    """Asks an app on the thread that sends the request. Answers are streamed."""

    def __init__(self, app: Mounted) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The app's answer. Raises UserError, also while it is read, where it breaks off."""
        answer = self._app.ask(_scope(request), request.read())
        messages = iter(answer) if isinstance(answer, list) else _waited(answer)
        start = next(messages)
        return httpx.Response(start["status"], headers=start["headers"], stream=_Body(messages))


class _Body(httpx.SyncByteStream):
    def __init__(self, messages: Iterator[Message]) -> None:
        self._messages = messages

    def __iter__(self) -> Iterator[bytes]:
        return (message["body"] for message in self._messages if "body" in message)

    def close(self) -> None:
        """Whoever reads no more ends the call."""
        ending = getattr(self._messages, "close", None)
        if ending is not None:
            ending()


def _waited(call: Any) -> Iterator[Message]:
    try:
        with calling():
            while not call.ended:
                yield from call.wait(False) or ()
    finally:
        call.abandon()


def _scope(request: httpx.Request) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "root_path": "",
        "query_string": url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 50000),
        "server": (url.host, url.port or (443 if url.scheme == "https" else 80)),
    }
