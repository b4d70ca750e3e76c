"""Calls an export of all plugins that have it, in order."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from time import monotonic
from typing import Any

from atoll.embed.keywords import only
from atoll.embed.plugins.chain import Callee, Chain, HookSettings, Mode
from atoll.embed.plugins.live import LivePlugin
from atoll.embed.plugins.outcomes import Outcome, Results

_ERRORS = ("raise", "skip", "stop")

Plugins = Callable[[], Iterable[LivePlugin]]


class Hook:
    """An export of all plugins that have it, called in their order, in the versions that they have at the start.

    Raises, with `errors="raise"`, what a plugin's call raised, and HookDeadline where time is over.
    """

    def __init__(self, export: str, plugins: Plugins, settings: HookSettings) -> None:
        only(HookSettings, settings, "hook")
        self.export = export
        self._plugins = plugins
        self._settings = settings
        if settings.get("errors", "raise") not in _ERRORS:
            raise ValueError(f"errors={settings['errors']!r} is none of {', '.join(_ERRORS)}")
        for name in ("deadline", "each", "concurrency"):
            if settings.get(name, 1) <= 0:  # type: ignore[operator]
                raise ValueError(f"{name}={settings.get(name)!r} must be more than 0")

    @property
    def plugins(self) -> tuple[str, ...]:
        """Those that have it now, in their order."""
        return tuple(callee.plugin for callee in self._callees())

    def __call__(self, *arguments: Any, **named: Any) -> Results:
        """Call all of them with the same."""
        return self._call("all", arguments, named)

    def first(self, *arguments: Any, **named: Any) -> Results:
        """Call one after the other until one gives something else than None, the results' `value`."""
        return self._call("first", arguments, named)

    def pipeline(self, value: Any, *arguments: Any, **named: Any) -> Results:
        """Call one after the other: the first with `value`, each with what the one before gave. The last gives `value`.

        Whoever fails, where that is not raised, is passed over.
        """
        return self._call("pipeline", (value, *arguments), named)

    @property
    def aio(self) -> "AwaitedHook":
        """The same, to be awaited."""
        return AwaitedHook(self)

    def _callees(self) -> list[Callee]:
        callees = (Callee(live._name, live._version) for live in self._plugins() if live._version is not None)
        return [callee for callee in callees if self.export in callee.version.paths]

    def _chain(self, mode: Mode, arguments: tuple[Any, ...]) -> Chain:
        chain = Chain(self.export, mode, self._settings, self._callees())
        if mode == "pipeline":
            chain.value = arguments[0]
        return chain

    def _call(self, mode: Mode, arguments: tuple[Any, ...], named: dict[str, Any]) -> Results:
        # A call that a thread waits for ends when its plugin's limits say so; one that is awaited can be cancelled.
        if "deadline" in self._settings or "each" in self._settings:
            return _waited(self._await(mode, arguments, named))
        chain = self._chain(mode, arguments)
        for plugin, version in chain.callees:
            began = monotonic()
            try:
                value = version.paths.function(self.export)(*chain.given(arguments), **named)
            except Exception as error:
                chain.settle(Outcome(plugin, None, error, monotonic() - began))
            else:
                chain.settle(Outcome(plugin, value, None, monotonic() - began))
            if chain.is_done:
                break
        return chain.results()

    async def _await(self, mode: Mode, arguments: tuple[Any, ...], named: dict[str, Any]) -> Results:
        chain = self._chain(mode, arguments)
        waiting, running = deque(chain.callees), set[asyncio.Task[Outcome]]()
        most = self._settings.get("concurrency", 1) if mode == "all" else 1
        try:
            while waiting or running:
                while waiting and len(running) < most and not chain.is_done and not chain.is_late():
                    running.add(asyncio.create_task(_outcome(chain, waiting.popleft(), chain.given(arguments), named)))
                if not running:
                    break
                ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    chain.settle(task.result())
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return chain.results()


class AwaitedHook:
    """A hook whose calls are awaited."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook

    async def __call__(self, *arguments: Any, **named: Any) -> Results:
        """Call all of them with the same, and await them; see `HookSettings` for how many at once."""
        return await self._hook._await("all", arguments, named)

    async def first(self, *arguments: Any, **named: Any) -> Results:
        """Call one after the other until one gives something else than None, as `Hook.first` does."""
        return await self._hook._await("first", arguments, named)

    async def pipeline(self, value: Any, *arguments: Any, **named: Any) -> Results:
        """Call each with what the one before gave, as `Hook.pipeline` does."""
        return await self._hook._await("pipeline", (value, *arguments), named)


async def _outcome(chain: Chain, callee: Callee, arguments: tuple[Any, ...], named: dict[str, Any]) -> Outcome:
    began, within = monotonic(), asyncio.timeout(chain.patience())
    try:
        async with within:
            value = await callee.version.paths.function(chain.export, awaited=True)(*arguments, **named)
    except TimeoutError as error:
        told = chain.took_too_long(callee.plugin) if within.expired() else error
        return Outcome(callee.plugin, None, told, monotonic() - began)
    except Exception as error:
        return Outcome(callee.plugin, None, error, monotonic() - began)
    return Outcome(callee.plugin, value, None, monotonic() - began)


class _Loop:
    """An event loop on a thread of its own, for those that wait and have none. A fork begins another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: tuple[int, asyncio.AbstractEventLoop] | None = None

    def get(self) -> asyncio.AbstractEventLoop:
        """The loop, which runs."""
        with self._lock:
            if self._begun is None or self._begun[0] != os.getpid():
                self._begun = os.getpid(), asyncio.new_event_loop()
                threading.Thread(target=self._begun[1].run_forever, name="atoll-hooks", daemon=True).start()
            return self._begun[1]


_loop = _Loop()


def _waited(results: Coroutine[Any, Any, Results]) -> Results:
    loop = _loop.get()
    if asyncio._get_running_loop() is loop:
        results.close()
        raise RuntimeError("a hook with a deadline was called within a host function that is awaited: await its `aio`")
    future = asyncio.run_coroutine_threadsafe(results, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
