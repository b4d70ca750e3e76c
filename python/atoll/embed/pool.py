"""Instances that are kept, for whoever needs one next: of a plugin that is slow to start, or that remembers."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, Unpack

from atoll.embed.keywords import only
from atoll.embed.paths import Paths
from atoll.embed.plugin import Instance, Plugin
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.embed.plugins.live import LivePlugin

T = TypeVar("T")


class PoolSettings(TypedDict, total=False):
    """What a pool does with its instances.

    max_uses: how often one is used before another takes its place. max_age: seconds after which nobody gets it.
    timeout: seconds that somebody waits for one; as long as it takes, unless it is said.
    """

    max_uses: int
    max_age: float
    timeout: float


@dataclass(slots=True, eq=False)
class _Kept:
    """An instance, the plugin that it is of, and what it has behind it."""

    instance: Instance
    plugin: Plugin
    opened: float
    uses: int = 0


_Turn = Future[_Kept | None]
"""Of somebody who waits: an instance, or None for the leave to open one."""


class Pool:
    """Up to `size` instances of a plugin, opened when they are needed, each for one user at a time.

    One that has ended is replaced, and so is one that is too old, or was used too often, or is of an older version.
    What an instance remembers is there for whoever has it next. Who waits longest is served first.

    Any number of threads and event loops can use it. `with` closes it.
    """

    def __init__(
        self, plugin: "Plugin | LivePlugin | Callable[[], Plugin]", size: int = 4, **settings: Unpack[PoolSettings]
    ) -> None:
        """A pool without an instance yet.

        plugin: the plugin, of `Plugins` in its newest version, or a function that gives it.
        size: how many instances there may be at the same time.
        settings: see `PoolSettings`.

        Raises ValueError for a size below 1.
        """
        from atoll.embed.plugins.live import LivePlugin

        only(PoolSettings, settings, "Pool")
        if size < 1:
            raise ValueError(f"a pool has one instance or more, not {size}")
        if isinstance(plugin, Plugin):
            self._plugin: Callable[[], Plugin] = lambda: plugin
        else:
            self._plugin = plugin._find if isinstance(plugin, LivePlugin) else plugin
        self._settings = settings
        self._size = size
        self._lock = threading.Lock()
        self._in_use = 0
        self._idle: list[_Kept] = []
        self._waiting: deque[_Turn] = deque()
        self._is_closed = False

    @contextmanager
    def instance(self) -> Iterator[Instance]:
        """An instance for the length of the block.

        Raises UserError `pool-exhausted` or `pool-closed`, and what it can raise to open one.
        """
        kept = self._taken()
        try:
            yield kept.instance
        finally:
            self._give(kept)

    def call(self, export: str, /, *arguments: Any, **named: Any) -> Any:
        """Call a function of an instance by name, as `Plugins.call` does.

        Raises UserError `pool-exhausted`, `pool-closed` or `plugin-export-unknown`, and what the call can raise.
        """
        kept = self._taken()
        try:
            return _function(kept, export, awaited=False)(*arguments, **named)
        finally:
            self._give(kept)

    @property
    def aio(self) -> "AwaitedPool":
        """The same, awaited."""
        return AwaitedPool(self)

    def close(self) -> None:
        """End all instances; those that are in use when they are given back. Who waits gets `pool-closed`."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
            for turn in self._waiting:
                if turn.set_running_or_notify_cancel():
                    turn.set_exception(_closed())
            self._waiting.clear()
        for kept in idle:
            kept.instance.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<pool of {self._size}: {self._in_use} in use, {len(self._idle)} idle>"

    def _taken(self) -> _Kept:
        kept = self._ask()
        if isinstance(kept, Future):
            turn = kept
            try:
                kept = turn.result(self._settings.get("timeout"))
            except TimeoutError:
                self._leave(turn)
                raise self._exhausted() from None
            except BaseException:
                self._leave(turn)
                raise
        return kept or self._open()

    def _ask(self) -> _Kept | _Turn | None:
        """An instance, the leave to open one, or the promise of either."""
        stale: list[_Kept] = []
        try:
            with self._lock:
                if self._is_closed:
                    raise _closed()
                while self._idle:
                    kept = self._idle.pop()
                    if self._is_good(kept):
                        self._in_use += 1
                        return kept
                    stale.append(kept)
                if self._in_use < self._size:
                    self._in_use += 1
                    return None
                turn: _Turn = Future()
                self._waiting.append(turn)
                return turn
        finally:
            for kept in stale:
                kept.instance.close()

    def _open(self) -> _Kept:
        """Open one, with the leave to do so."""
        try:
            plugin = self._plugin()
            return _Kept(plugin.open(), plugin, monotonic())
        except BaseException:
            self._pass_on(None)
            raise

    def _give(self, kept: _Kept) -> None:
        """Nobody uses it any more."""
        kept.uses += 1
        if self._is_good(kept) and kept.uses < self._settings.get("max_uses", kept.uses + 1) and not self._is_closed:
            self._pass_on(kept)
        else:
            kept.instance.close()
            self._pass_on(None)

    def _pass_on(self, kept: _Kept | None) -> None:
        """An instance, or the leave to open one, is for whoever waits longest."""
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                if turn.set_running_or_notify_cancel():
                    turn.set_result(kept)
                    return
            self._in_use -= 1
            if kept is not None and not self._is_closed:
                self._idle.append(kept)
                return
        if kept is not None:
            kept.instance.close()

    def _leave(self, turn: Future[Any]) -> None:
        """Somebody waits no more; what came all the same is for others."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
        if not turn.cancel() and turn.exception() is None:
            self._pass_on(turn.result())

    def _is_good(self, kept: _Kept) -> bool:
        age = self._settings.get("max_age")
        if not kept.instance.is_open or (age is not None and monotonic() - kept.opened >= age):
            return False
        try:
            return kept.plugin is self._plugin()
        except Exception:
            return False  # Who needs another one is told why there is none.

    def _exhausted(self) -> UserError:
        waited = self._settings["timeout"]
        message = f"all {self._size} instances of the pool are in use, and none came free in {waited:g} s"
        return UserError("pool-exhausted", message, "make the pool larger, or wait longer")


class AwaitedPool:
    """A pool whose instances are waited for in coroutines."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def instance(self) -> AsyncIterator[Instance]:
        """An instance for the length of the block, as `Pool.instance`; its `aio` has functions to be awaited."""
        kept = await self._taken()
        try:
            yield kept.instance
        finally:
            self._pool._give(kept)

    async def call(self, export: str, /, *arguments: Any, **named: Any) -> Any:
        """As `Pool.call`."""
        kept = await self._taken()
        try:
            return await _function(kept, export, awaited=True)(*arguments, **named)
        finally:
            self._pool._give(kept)

    async def _taken(self) -> _Kept:
        pool = self._pool
        kept = pool._ask()
        if isinstance(kept, Future):
            try:
                kept = await self._awaited(kept, pool._settings.get("timeout"))
            except TimeoutError:
                raise pool._exhausted() from None
        return kept or await self._opened()

    async def _opened(self) -> _Kept:
        """Open one, on a thread: what a guest does at its start may take long."""
        opening: Future[_Kept] = Future()

        def work() -> None:
            try:
                kept = self._pool._open()
            except BaseException as error:
                if opening.set_running_or_notify_cancel():
                    opening.set_exception(error)
            else:
                if opening.set_running_or_notify_cancel():
                    opening.set_result(kept)
                else:
                    self._pool._pass_on(kept)

        asyncio.get_running_loop().run_in_executor(None, work)
        return await self._awaited(opening, None)

    async def _awaited(self, promise: Future[T], timeout: float | None) -> T:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(promise), timeout)
        except BaseException:
            self._pool._leave(promise)
            raise


def _function(kept: _Kept, export: str, *, awaited: bool) -> Any:
    instance = kept.instance
    return Paths(kept.plugin._name, instance._types).of(instance._instance, export, awaited=awaited)


def _closed() -> UserError:
    return UserError("pool-closed", "the pool was closed", "open another one")
