"""The object that answers the door to functions (`gateway.wat`): requests become events, what comes back responses."""

import asyncio
import json
import logging
from typing import Any

import msgspec

from atoll.host.core import Refuse, calling
from atoll.host.functions.answer import Malformed, Response, failed, preflight, response, with_cors
from atoll.host.functions.event import Fields, Request, event
from atoll.host.functions.ways import Way, Ways
from atoll.host.serve import InProcess, Job
from atoll.host.settings import Observe, Settings

INTERFACE = "atoll:serverless/gateway"
MAX_BODY_BYTES = 16 << 20
"""Of a request: events are held as a whole, and in base64 become larger still. `gateway.wat` has the number, too."""

_WITHOUT_BODY = (204, 304)
# Beyond this, reading a response would hold up others on the event loop.
_LARGE = 1 << 20
_SHOWN_BYTES = 1_000

_NUMBER = "atoll-request"
_logger = logging.getLogger("atoll.functions")
_CALL: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "root_path": "",
    "query_string": b"",
    "headers": [(b"host", b"functions")],
    "client": ("127.0.0.1", 0),
    "server": ("functions", 80),
}


class Gateway:
    """One for each process. Its functions run in sandboxes of their own, under their own limits.

    `functions` is what `dividing.divided` has put into the metadata of the app that is served. Raises what `refuse`
    makes of everything that is wrong with them.
    """

    def __init__(self, job: Job, functions: dict[str, Any], refuse: Refuse) -> None:
        self._ways = Ways(Way.of(one) for one in functions["ways"])
        settings = _behind(job.settings)
        inner = msgspec.structs.replace(job, locked=functions["locked"], settings=settings, reuse=None)
        self._host = InProcess(inner, refuse=refuse)

    async def answer(self, method: str, uri: str, fields: Fields, body: bytes) -> tuple[int, Fields, bytes]:
        """answer: func(method: string, uri: string, headers: …, body: list<u8>) -> tuple<u16, headers, list<u8>>."""
        status, headers, content = await self._answered(Request.of(method, uri, fields, body))
        sent = [(name, value.encode()) for name, value in headers]
        if status not in _WITHOUT_BODY:
            # The body leaves in portions, and its length is known.
            sent.append(("content-length", str(len(content)).encode()))
        return status, sent, content

    async def _answered(self, request: Request) -> Response:
        taken = self._ways.find(request.method, request.path)
        if taken is None or (request.method == "OPTIONS" and taken.way.method == "*"):
            told = preflight(request, self._ways.to(request.path)) if request.header("origin") else None
            if told is not None:
                return told
        if taken is None:
            return failed(404, "Not Found")
        if len(request.body) > MAX_BODY_BYTES:
            return failed(413, "Request Too Long")
        return with_cors(await self._call(taken.way, event(request, taken)), request, taken.way)

    def close(self) -> None:
        """End the calls that still run."""
        self._host.core.leave()

    async def _call(self, way: Way, given: dict[str, Any]) -> Response:
        text = json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        status, headers, output = await self._ask(way.component, text)
        if status == 503:
            return 503, [*failed(503, "")[1], *(one for one in headers if one[0] == "retry-after")], _BUSY
        if number := next((value for name, value in headers if name == _NUMBER), None):
            # The data plane has said why, under this number.
            return _broken(number)
        try:
            if status != 200 and output:
                raise Malformed(f"it gave an error: {output[:_SHOWN_BYTES].decode('utf-8', 'replace')!r}")
            return await asyncio.to_thread(response, output, way) if len(output) > _LARGE else response(output, way)
        except Malformed as wrong:
            number = given["requestContext"]["requestId"]
            _logger.error("the function `%s` gave no response to %s: %s", way.function or way.component, number, wrong)
            return _broken(number)

    async def _ask(self, component: str, text: bytes) -> Response:
        path = f"/{component}"
        answer = self._host.core.ask({**_CALL, "path": path, "raw_path": path.encode()}, text)
        messages: list[dict[str, Any]] = answer if isinstance(answer, list) else await _whole(answer)
        start = messages[0]
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        return start["status"], headers, b"".join(message.get("body", b"") for message in messages[1:])


def _behind(settings: Settings) -> Settings:
    """The settings of the functions: what is told of requests, the app that is served tells of them."""
    log = msgspec.structs.replace(settings.log, access="off", truncate=False)
    return msgspec.structs.replace(settings, log=log, observe=Observe(), record=None)


_BUSY = failed(503, "Service Unavailable")[2]


def _broken(number: str) -> Response:
    """What clients are told of a function that failed, whatever the reason: the number under which the log has it."""
    status, headers, body = failed(502, "Internal server error")
    return status, [*headers, (_NUMBER, number)], body


async def _whole(call: Any) -> list[dict[str, Any]]:
    """All messages of an answer that is not here yet."""
    found: list[dict[str, Any]] = []
    try:
        with calling():
            while not call.ended:
                messages = call.messages()
                if isinstance(messages, list):
                    found += messages
                else:
                    await messages
    finally:
        call.abandon()
    return found
