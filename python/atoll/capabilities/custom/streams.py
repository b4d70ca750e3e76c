"""What a guest sends while it runs: streams, item by item, and futures."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Source(Protocol):
    """Where the items come from; the data plane's own."""

    def poll(self, wake: Callable[[], object]) -> list[Any] | None:
        """The next ones, none at the end; None if they are not there, and `wake` is called when it is worth asking."""

    def wait(self) -> list[Any]:
        """The next ones, none at the end, once they are there."""

    def close(self) -> None:
        """Tell the guest that nobody reads."""


class GuestStream(Generic[T]):
    """Items of a guest, once: `async for` in a coroutine, `for` elsewhere. A `stream<u8>` gives portions of bytes.

    Whoever stops before the end closes it, as `with` does, so that the guest stops sending. The stream of a guest that
    ends early ends as well.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._turn = asyncio.Lock()
        self._held: deque[T] = deque()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        if not self._held:
            async with self._turn:
                if not self._held:
                    self._held.extend(await _polled(self._source))
        if not self._held:
            raise StopAsyncIteration
        return self._held.popleft()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if not self._held:
            self._held.extend(self._source.wait())
        if not self._held:
            raise StopIteration
        return self._held.popleft()

    def __enter__(self) -> "GuestStream[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Read no more."""
        self._held.clear()
        self._source.close()


class GuestFuture(Generic[T]):
    """A value that a guest sends later: `await` it, or ask for its `result()` outside of a coroutine.

    Raises EOFError if the guest ended before.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._turn = asyncio.Lock()
        self._value: list[T] = []

    def __await__(self) -> Generator[object, None, T]:
        return self._awaited().__await__()

    def result(self) -> T:
        """Wait for it on this thread."""
        if not self._value:
            self._value = self._source.wait()
        return self._known()

    async def _awaited(self) -> T:
        if not self._value:
            async with self._turn:
                if not self._value:
                    self._value = await _polled(self._source)
        return self._known()

    def _known(self) -> T:
        if not self._value:
            raise EOFError("the guest's future was closed")
        return self._value[0]


async def _polled(source: Source) -> list[Any]:
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    while (items := source.poll(lambda: loop.call_soon_threadsafe(woken.set))) is None:
        await woken.wait()
        woken.clear()
    return items
