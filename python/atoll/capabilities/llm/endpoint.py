"""A model's server: questions and answers as JSON over HTTP, from a pool of connections that all calls share."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
import httpx
import msgspec

from atoll.capabilities.llm.apart import answer_of, pieces_of
from atoll.capabilities.llm.provider import InvalidInput, ModelNotSupported, RuntimeFailed

WAIT_SECONDS = 10.0
_MOST_BYTES = 64 << 20
_MOST_LINE = 1 << 20
_MOST_QUOTED = 400
_END = "[DONE]"

T = TypeVar("T")


class Endpoint:
    """Puts questions. `timeout` is seconds for one, or between two pieces of a stream; `secret` is never quoted.

    At most `connections` are under way, which the client must have room for.
    """

    def __init__(self, client: httpx.AsyncClient, timeout: float, secret: str, connections: int) -> None:
        self._client = client
        self._timeout = timeout
        self._secret = secret
        # Nobody waits within httpx: who gives up there can leave a connection behind that never ends.
        self._places = asyncio.Semaphore(connections)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(self, path: str, body: object, answer: type[T]) -> T:
        """The answer in its shape. Raises ModelNotSupported, InvalidInput or RuntimeFailed."""
        return self._decoded(await answer_of(lambda: self._answer(path, body)), answer)

    def pieces(self, path: str, body: object, piece: type[T]) -> AsyncGenerator[T, None]:
        """What a stream of server-sent events brings, each in its shape. Raises as `ask` does."""
        return pieces_of(self._events(path, body, piece))

    async def _answer(self, path: str, body: object) -> bytes:
        try:
            with anyio.fail_after(self._timeout):
                async with self._posted(path, body) as response:
                    return await _content(response)
        except TimeoutError:
            raise RuntimeFailed(f"the model did not answer within {self._timeout:g} s") from None

    async def _events(self, path: str, body: object, piece: type[T]) -> AsyncGenerator[T, None]:
        async with self._posted(path, body) as response:
            async for line in _lines(response):
                if line.startswith("error:"):
                    self._refuse(500, line.removeprefix("error:").strip().encode())
                data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
                if data == _END:
                    return
                if '"error"' in data and (message := _told(data.encode())[0]):
                    raise RuntimeFailed(self._quoted(message))
                if data:
                    yield self._decoded(data.encode(), piece)

    @asynccontextmanager
    async def _posted(self, path: str, body: object) -> AsyncIterator[httpx.Response]:
        headers = {"content-type": "application/json"}
        try:
            async with self._client.stream(
                "POST", path, content=msgspec.json.encode(body), headers=headers
            ) as response:
                if response.status_code != 200:
                    self._refuse(response.status_code, await _content(response))
                yield response
        except httpx.PoolTimeout:
            raise RuntimeFailed("the model is busy: all connections to its server are taken") from None
        except httpx.TimeoutException:
            raise RuntimeFailed(f"the model did not answer within {self._timeout:g} s") from None
        except httpx.HTTPError as error:
            raise RuntimeFailed(f"the model's server cannot be reached ({type(error).__name__})") from None

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            with anyio.fail_after(min(WAIT_SECONDS, self._timeout)):
                await self._places.acquire()
        except TimeoutError:
            raise RuntimeFailed("the model is busy: all connections to its server are taken") from None
        try:
            yield
        finally:
            self._places.release()

    def _decoded(self, content: bytes, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(content, type=shape)
        except (msgspec.DecodeError, RecursionError):
            # Some servers answer 200 and tell their error in the body.
            if message := _told(content)[0]:
                raise RuntimeFailed(self._quoted(message)) from None
            raise RuntimeFailed("the model's server answered with something that its API does not have") from None

    def _refuse(self, status: int, content: bytes) -> None:
        message, code = _told(content)
        if code == "model_not_found":
            raise ModelNotSupported("the server does not have this model")
        text = f"the model's server answered with status {status}"
        if message:
            text += ": " + self._quoted(message)
        raise (InvalidInput if status in {400, 413, 422} else RuntimeFailed)(text)

    def _quoted(self, message: str) -> str:
        """What the server said, short, and without the token if it repeats that."""
        hidden = message.replace(self._secret, "***") if self._secret else message
        return hidden if len(hidden) <= _MOST_QUOTED else hidden[:_MOST_QUOTED] + "…"


def _told(content: bytes) -> tuple[str, str]:
    """Message and code of an error in the form of OpenAI, or as plain text under `error`."""
    try:
        answer: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return "", ""
    error = answer.get("error", answer) if isinstance(answer, dict) else None
    if isinstance(error, str):
        return error, ""
    if not isinstance(error, dict):
        return "", ""
    return tuple(str(error.get(key) or "") for key in ("message", "code"))  # type: ignore[return-value]


async def _content(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > _MOST_BYTES:
            raise RuntimeFailed("the answer of the model's server is larger than 64 MiB")
        parts.append(part)
    return b"".join(parts)


async def _lines(response: httpx.Response) -> AsyncGenerator[str, None]:
    """The lines of a stream; none grows without end."""
    rest = b""
    async for part in response.aiter_bytes():
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip("\r")
        if len(rest) > _MOST_LINE:
            raise RuntimeFailed("the model's server streams a line without end")
    if rest:
        yield rest.decode("utf-8", "replace")
