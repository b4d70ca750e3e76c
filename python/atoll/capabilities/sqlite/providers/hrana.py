"""Hrana 2 over HTTP: what is sent to `/v2/pipeline`, and what comes back."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeAlias, TypeVar

import anyio
import httpx
import msgspec
from msgspec import Struct

from atoll.capabilities.sqlite.provider import DatabaseFull, Io, Rows, Value

MOST_BYTES = 128 << 20
"""Of an answer, as it is sent. Spin's bound for rows."""
_MOST_QUOTED = 400
_ENDED = {"STREAM_EXPIRED", "BATON_INVALID", "STREAM_NOT_FOUND"}

Results: TypeAlias = list[dict[str, Any]]
T = TypeVar("T")


class Gone(Exception):
    """The server does not know the stream any more; it has done nothing."""


class _Error(Struct):
    message: str = ""
    code: str | None = None


class _Result(Struct):
    type: str
    response: dict[str, Any] = {}
    error: _Error | None = None


class Answer(Struct):
    """What a pipeline answers. Without a baton the stream has ended."""

    baton: str | None = None
    base_url: str | None = None
    all: list[_Result] = msgspec.field(name="results", default_factory=list)

    def results(self) -> Results:
        """The responses. Raises Io or DatabaseFull for the first that failed."""
        for result in self.all:
            if result.type != "ok":
                raise _failed(result.error or _Error("the server refused the statement"))
        return [result.response for result in self.all]


class Server:
    """Sends pipelines. `timeout` is seconds for one; at most `width` are under way."""

    def __init__(self, client: httpx.AsyncClient, url: str, timeout: float, width: int) -> None:
        self.url = url
        self._client = client
        self._timeout = timeout
        # Nobody waits within httpx: who gives up there can leave a connection behind that never ends.
        self._places = asyncio.Semaphore(width)

    async def ask(self, url: str, baton: str | None, requests: list[dict[str, Any]]) -> Answer:
        """The answer to a pipeline. Raises Gone, or Io if there is none."""
        try:
            async with asyncio.timeout(self._timeout), self._places:
                return await _apart(lambda: self._post(url, {"baton": baton, "requests": requests}))
        except (TimeoutError, httpx.TimeoutException):
            raise Io(f"the libSQL server did not answer within {self._timeout:g} s") from None
        except httpx.HTTPError:
            raise Io("the libSQL server cannot be reached") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, url: str, body: object) -> Answer:
        sent = {"content": msgspec.json.encode(body), "headers": {"content-type": "application/json"}}
        async with self._client.stream("POST", f"{url}/v2/pipeline", **sent) as response:  # type: ignore[arg-type]
            content = await _content(response)
            if response.status_code != 200:
                _refuse(response.status_code, content)
        try:
            return msgspec.json.decode(content, type=Answer)
        except (msgspec.DecodeError, RecursionError):
            raise Io("the server answered with something that libSQL's protocol does not have") from None


async def _apart(call: Callable[[], Awaitable[T]]) -> T:
    """In a task of its own, ended anyio's way: cancelled by asyncio at its close, httpx loses a connection for ever."""
    scope = anyio.CancelScope()

    async def run() -> T:
        with scope:
            return await call()
        raise asyncio.CancelledError

    task = asyncio.ensure_future(run())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        scope.cancel()
        await asyncio.wait([task])
        raise


def argument(value: Value) -> dict[str, Any]:
    """A parameter as the protocol writes it."""
    match value:
        case None:
            return {"type": "null"}
        case int():
            return {"type": "integer", "value": str(int(value))}
        case float():
            return {"type": "float", "value": value}
        case str():
            return {"type": "text", "value": value}
    return {"type": "blob", "base64": base64.b64encode(value).decode()}


def rows(result: dict[str, Any]) -> Rows:
    """The answer of a statement."""
    try:
        columns = [column["name"] or "" for column in result["cols"]]
        return Rows(columns, [[_value(cell) for cell in row] for row in result["rows"]])
    except (KeyError, TypeError, ValueError):
        raise Io("the server answered with rows that libSQL's protocol does not have") from None


def _value(cell: dict[str, Any]) -> Value:
    match cell["type"]:
        case "null":
            return None
        case "integer":
            return int(cell["value"])
        case "float":
            return float(cell["value"])
        case "text":
            return str(cell["value"])
    # Padding is left out by some servers.
    return base64.b64decode(cell["base64"] + "==")


def _failed(error: _Error) -> Exception:
    if error.code == "SQLITE_FULL":
        return DatabaseFull(_short(error.message))
    return Gone() if error.code in _ENDED else Io(_short(error.message))


def _refuse(status: int, content: bytes) -> NoReturn:
    try:
        error = msgspec.json.decode(content, type=_Error)
    except (msgspec.DecodeError, RecursionError):
        error = _Error()
    if error.code in _ENDED or "stream" in error.message.lower():
        raise Gone
    if status in {401, 403}:
        raise Io("the libSQL server refuses the token of the runtime config")
    said = f": {_short(error.message)}" if error.message else ""
    raise Io(f"the libSQL server answered with status {status}{said}")


def _short(message: str) -> str:
    return message if len(message) <= _MOST_QUOTED else message[:_MOST_QUOTED] + "…"


async def _content(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise Io(f"query result exceeds limit of {MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)
