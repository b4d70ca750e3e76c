"""Bodies as they come and go: read piece by piece or whole, by `for` and by `async for`; written as fast as they are taken.

What waits inside of a coroutine waits on the event loop, so other tasks go on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from componentize_py_types import Err
from wit_world.imports import wasi_http_types as wasi
from wit_world.imports import wasi_io_poll as poll
from wit_world.imports import wasi_io_streams as streams

__all__ = ("BodyBroken", "BodyUnwanted", "Incoming", "Outgoing")

LARGEST_READ = 65536


class BodyBroken(OSError):
    """The other side went away before all of a body was read or written."""


class BodyUnwanted(BodyBroken):
    """Whoever should read a body went away."""


class Incoming:
    """A body that comes in. It is opened by the first look at it; who wants its pieces iterates over it once."""

    def __init__(self, consume: Callable[[], wasi.IncomingBody]) -> None:
        self._consume = consume
        self._body: wasi.IncomingBody | None = None
        self._stream: streams.InputStream | None = None
        self._begun = False
        self._whole: bytes | None = None

    def __iter__(self) -> Iterator[bytes]:
        stream = self._opened()
        while piece := self._read(stream.blocking_read):
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream = self._opened()
        while (piece := self._read(stream.read)) is not None:
            if piece:
                yield piece
            else:
                await _ready(stream.subscribe())

    def whole(self) -> bytes:
        """All of it, waited for here and now; the same bytes each time."""
        if self._whole is None:
            self._whole = b"".join(self)
        return self._whole

    async def read(self) -> bytes:
        """All of it; other tasks go on meanwhile."""
        if self._whole is None:
            self._whole = b"".join([piece async for piece in self])
        return self._whole

    def close(self) -> None:
        """Give back what the host holds for it; a body that nobody looked at was never asked for."""
        stream, self._stream = self._stream, None
        body, self._body = self._body, None
        if stream is not None:
            stream.__exit__(None, None, None)
        if body is not None:
            body.__exit__(None, None, None)

    def _opened(self) -> streams.InputStream:
        if self._begun:
            raise RuntimeError("this body was read already, piece by piece: keep what is needed of it")
        self._begun = True
        self._body = self._consume()
        self._stream = self._body.stream()
        return self._stream

    def _read(self, read: Callable[[int], bytes]) -> bytes | None:
        """The next piece: empty if there is none yet, None at the end."""
        try:
            return read(LARGEST_READ)
        except Err as error:
            why = _why(error)
            self.close()
            if why is not None:
                raise BodyBroken(f"the body broke off: {why}") from None
            return None


class Outgoing:
    """A body that goes out. It must be finished, or whoever reads it sees that it broke off."""

    def __init__(self, body: wasi.OutgoingBody) -> None:
        self._body: wasi.OutgoingBody | None = body
        self._stream = body.write()

    def write(self, data: bytes, wait: Callable[[poll.Pollable], None] = poll.Pollable.block) -> None:
        """Hand over all of it; waits while the other side is slower. Raises BodyUnwanted."""
        while data := self._write_some(data):
            with self._stream.subscribe() as writable:
                wait(writable)

    async def write_soon(self, data: bytes) -> None:
        """The same; other tasks go on meanwhile."""
        while data := self._write_some(data):
            await _ready(self._stream.subscribe())

    def finish(self) -> None:
        """Say that this was all. Raises BodyBroken where the length is not the one that was announced."""
        body, self._body = self._body, None
        if body is None:
            return
        self._stream.__exit__(None, None, None)
        try:
            wasi.OutgoingBody.finish(body, None)
        except Err as error:
            raise BodyBroken(f"the body does not end as announced: {error.value}") from None

    def abandon(self) -> None:
        """Leave it unfinished: the other side learns that it is not whole."""
        body, self._body = self._body, None
        if body is not None:
            self._stream.__exit__(None, None, None)
            body.__exit__(None, None, None)

    def _write_some(self, data: bytes) -> bytes:
        """Write what may be written now; what is left."""
        try:
            allowed = self._stream.check_write()
            if allowed:
                self._stream.write(data[:allowed])
        except Err as error:
            raise BodyUnwanted(f"nobody reads this body any more: {_why(error) or 'it was closed'}") from None
        return data[allowed:]


def _why(error: Err[streams.StreamError]) -> str | None:
    """What broke a stream; None where it was closed in good order."""
    match error.value:
        case streams.StreamError_LastOperationFailed(cause):
            with cause:
                return cause.to_debug_string()
        case _:
            return None


async def _ready(pollable: poll.Pollable) -> None:
    from atoll_guest.loop import ready

    await ready(pollable)
