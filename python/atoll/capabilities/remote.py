"""What providers behind a network share: their limits of time, one connection or pool opened once, one way to fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from atoll.capabilities.provider import Failed
from atoll.manifest.fields import Doc
from atoll.manifest.units import Unit, parse

A = TypeVar("A")
T = TypeVar("T")


class Remote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that every such provider has beside its own."""

    connect_timeout: Annotated[str, Doc("How long a connection may take to be made.")] = "10s"
    timeout: Annotated[str, Doc("How long an operation may take, waiting for a connection included.")] = "30s"

    def __post_init__(self) -> None:
        if self.connect_seconds <= 0 or self.seconds <= 0:
            raise ValueError("a timeout must be longer than nothing")

    def __repr__(self) -> str:
        # The fields hold passwords and keys, and a repr ends up in logs.
        return f"<{type(self).__qualname__}>"

    @property
    def connect_seconds(self) -> float:
        """`connect_timeout` in seconds."""
        return parse(Unit.TIME, self.connect_timeout) / 1000

    @property
    def seconds(self) -> float:
        """`timeout` in seconds."""
        return parse(Unit.TIME, self.timeout) / 1000


class Pooled(Remote, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of one that keeps several connections."""

    max_connections: Annotated[int, Doc("How many connections are held at most, shared by all calls.")] = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_connections < 1:
            raise ValueError("`max_connections` must be at least 1")


def check_address(key: str, url: str, *schemes: str) -> None:
    """Raises ValueError if the URL has none of these schemes. Its text repeats nothing: the URL may hold a password."""
    try:
        parts = urlsplit(url)
        for host in parts.netloc.rpartition("@")[2].split(","):
            _ = urlsplit(f"//{host}").port
    except ValueError:
        raise ValueError(f"`{key}` is not an address") from None
    if parts.scheme not in schemes:
        raise ValueError(f"`{key}` must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")


class Backend:
    """How calls to one backend are made: within the timeout, and failing in the room's words.

    `explain` tells what an exception of the client library means: a failure of the room, whose message is the rest of
    a sentence that begins with the backend's name and holds no secret. None leaves the exception as it is, but for
    timeouts and broken connections, which become `late` and `lost`.
    """

    def __init__(
        self,
        name: str,
        config: Remote,
        explain: Callable[[Exception], Failed | None],
        late: type[Failed],
        lost: type[Failed],
    ) -> None:
        self._name = name
        self._timeout = config.timeout
        self._seconds = config.seconds
        self._explain = explain
        self._late = late
        self._lost = lost

    @asynccontextmanager
    async def call(self, seconds: float | None = None) -> AsyncIterator[None]:
        """Around everything that one operation does, in as many seconds if not the timeout."""
        try:
            async with asyncio.timeout(self._seconds if seconds is None else seconds):
                yield
        except Failed:
            raise
        except Exception as error:
            failed = self._failed(error)
            if failed is None:
                raise
            raise type(failed)(f"{self._name} {failed}") from error

    def _failed(self, error: Exception) -> Failed | None:
        explained = self._explain(error)
        if explained is not None:
            return explained
        if isinstance(error, TimeoutError):
            return self._late(f"did not answer within {self._timeout}")
        return self._lost("cannot be reached") if isinstance(error, OSError) else None


class SingleCase(Backend):
    """One whose room has a single case for every failure: what `explain` gives is its message."""

    failed: ClassVar[type[Failed]]

    def __init__(self, name: str, config: Remote, explain: Callable[[Exception], str | None]) -> None:
        def failed(error: Exception) -> Failed | None:
            message = explain(error)
            return None if message is None else self.failed(message)

        super().__init__(name, config, failed, late=self.failed, lost=self.failed)


class Opened(Generic[T]):
    """What the first call opens and all share; opened again when it is no longer usable, or could not be opened."""

    def __init__(self, opening: Callable[[], Awaitable[T]], usable: Callable[[T], bool] = lambda _: True) -> None:
        self._opening = opening
        self._usable = usable
        self._lock = asyncio.Lock()
        self.current: T | None = None

    async def get(self) -> T:
        """What is open, opened if need be."""
        if self.current is None or not self._usable(self.current):
            async with self._lock:
                if self.current is None or not self._usable(self.current):
                    self.current = await self._opening()
        return self.current


async def each(call: Callable[[A], Coroutine[Any, Any, T]], items: Iterable[A], width: int) -> list[T]:
    """The answers for all items in their order, `width` calls at a time; the first failure ends the others."""
    gate = asyncio.Semaphore(width)

    async def one(item: A) -> T:
        async with gate:
            return await call(item)

    tasks = [asyncio.create_task(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
