"""An answer on its way: what was sent already, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Self

from componentize_py_types import Err, Ok
from wit_world.imports import wasi_clocks_monotonic as clock
from wit_world.imports import wasi_http_types as wasi
from wit_world.imports import wasi_io_poll as poll

from atoll_guest.messages.bodies import BodyUnwanted, Incoming, Outgoing
from atoll_guest.messages.failures import HttpError, HttpTimeout, failure
from atoll_guest.messages.response import encoded
from atoll_guest.messages.values import Headers

__all__ = ("NANOSECONDS", "ClientResponse", "Sending")

NANOSECONDS = 1_000_000_000


class ClientResponse:
    """The answer of another server: `status`, `headers` and a body, whole or in pieces.

    Each of them waits for the answer, if it is not there yet; `await response` does so while other tasks go on, and is the
    response itself. Raises HttpError, or one of its kinds, where none came.
    """

    def __init__(self, pending: wasi.FutureIncomingResponse, sending: Sending, url: str, deadline: int | None) -> None:
        self.url = url
        self._pending = pending
        self._sending = sending
        self._deadline = deadline
        self._head: wasi.IncomingResponse | None = None
        self._headers: Headers | None = None
        self._body: Incoming | None = None

    @property
    def status(self) -> int:
        """The status: 200, 404 and so on."""
        return self._arrived().status()

    @property
    def headers(self) -> Headers:
        """The headers of the answer."""
        if self._headers is None:
            with self._arrived().headers() as fields:
                self._headers = Headers.received(fields.entries())
        return self._headers

    @property
    def stream(self) -> Incoming:
        """The body, for `for piece in …` and `async for piece in …`."""
        if self._body is None:
            self._body = Incoming(self._arrived().consume)
        return self._body

    @property
    def body(self) -> bytes:
        """The whole body."""
        return self.stream.whole()

    async def read(self) -> bytes:
        """The whole body; other tasks go on until it is there."""
        return await (await self).stream.read()

    def text(self) -> str:
        """The body as UTF-8. Raises UnicodeDecodeError, a ValueError."""
        return self.body.decode()

    def json(self) -> Any:
        """What the body says as JSON. Raises json.JSONDecodeError, a ValueError."""
        return json.loads(self.body)

    def raise_for_status(self) -> Self:
        """The response itself. Raises HttpError for a status of 400 and more."""
        if self.status >= 400:
            raise HttpError(f"{self.url} answered with the status {self.status}")
        return self

    def close(self) -> None:
        """Want no more of it: a body that is on its way is given up."""
        if self._body is not None:
            self._body.close()

    def __await__(self) -> Generator[Any, None, Self]:
        if self._head is None:
            yield from self._arrive().__await__()
        return self

    def __repr__(self) -> str:
        return f"<ClientResponse {self.url}{f' {self.status}' if self._head else ''}>"

    async def _arrive(self) -> None:
        import asyncio

        from atoll_guest.loop import ready

        left = None if self._deadline is None else max(0, self._deadline - clock.now()) / NANOSECONDS
        try:
            async with asyncio.timeout(left):
                await self._sending.send_soon()
                await ready(self._pending.subscribe())
        except TimeoutError:
            raise self._late() from None
        self._take()

    def _arrived(self) -> wasi.IncomingResponse:
        if self._head is None:
            self._sending.send(self._block)
            with self._pending.subscribe() as there:
                self._block(there)
            return self._take()
        return self._head

    def _block(self, until: poll.Pollable) -> None:
        """Wait here and now, no longer than the deadline."""
        if self._deadline is None:
            until.block()
            return
        with clock.subscribe_instant(self._deadline) as late:
            if 0 not in poll.poll([until, late]):
                raise self._late()

    def _take(self) -> wasi.IncomingResponse:
        match self._pending.get():
            case Ok(Ok(head)):
                self._head = head
                return head
            case Ok(Err(code)):
                raise failure(code, self.url)
            case _:
                raise HttpError(f"{self.url} failed before: make the request again")

    def _late(self) -> HttpTimeout:
        return HttpTimeout(f"{self.url} did not answer in time")


class Sending:
    """A request's body on its way. A server that answers before it has read all of it need not get the rest."""

    def __init__(self, body: wasi.OutgoingBody | None, pieces: Iterable[bytes | str]) -> None:
        self._body = None if body is None else Outgoing(body)
        self._pieces: Iterator[bytes | str] = iter(pieces)

    def send(self, wait: Callable[[poll.Pollable], None]) -> None:
        """Hand over what is left; `wait` is called for as long as the server takes no more."""
        body, self._body = self._body, None
        if body is not None:
            try:
                for piece in self._pieces:
                    body.write(encoded(piece), wait)
                body.finish()
            except BodyUnwanted:
                body.abandon()

    async def send_soon(self) -> None:
        """The same; other tasks go on meanwhile."""
        body, self._body = self._body, None
        if body is not None:
            try:
                for piece in self._pieces:
                    await body.write_soon(encoded(piece))
                body.finish()
            except BodyUnwanted:
                body.abandon()
