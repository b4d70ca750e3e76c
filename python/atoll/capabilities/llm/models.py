"""The local models that are loaded: a process each, started when first asked for, the least used ended for another."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from atoll.capabilities.llm.gate import Gate
from atoll.capabilities.llm.process import ModelProcess


class Use(NamedTuple):
    """A model's file and what it is loaded for: one process either makes texts or embeds them."""

    file: Path
    embedding: bool


Start = Callable[[Use], Coroutine[None, None, ModelProcess]]


class Models:
    """At most `loaded` processes, each with its gate."""

    def __init__(self, start: Start, loaded: int, gate: Callable[[], Gate]) -> None:
        self._start = start
        self._loaded = loaded
        self._gate = gate
        self._gates: dict[Use, Gate] = {}
        # In the order in which they were last asked.
        self._processes: dict[Use, asyncio.Task[ModelProcess]] = {}
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def process(self, use: Use) -> AsyncIterator[ModelProcess]:
        """The model's process, for one call; loaded if it has to be. Raises RuntimeFailed."""
        gate = self._gates.setdefault(use, self._gate())
        try:
            async with gate:
                # Others wait for the same start: one that gives up does not take it from them.
                yield await asyncio.shield(await self._started(use))
        finally:
            if not gate.calls:
                async with self._changed:
                    self._changed.notify_all()

    async def close(self) -> None:
        """End all processes."""
        starting, self._processes = list(self._processes.values()), {}
        await asyncio.gather(*map(_ended, starting))

    async def _started(self, use: Use) -> asyncio.Task[ModelProcess]:
        async with self._changed:
            while True:
                running = self._processes.pop(use, None)
                if running is not None and not _usable(running):
                    await _ended(running)
                    running = None
                if running is None and len(self._processes) >= self._loaded and not await self._make_room():
                    await self._changed.wait()
                    continue
                task = running or asyncio.create_task(self._start(use))
                self._processes[use] = task
                return task

    async def _make_room(self) -> bool:
        """End the process that nobody uses and that was asked longest ago. Whether there was one."""
        idle = next((use for use in self._processes if not self._gates[use].calls), None)
        if idle is None:
            return False
        del self._gates[idle]
        await _ended(self._processes.pop(idle))
        return True


def _usable(task: asyncio.Task[ModelProcess]) -> bool:
    """Whether it starts or answers; not when it could not be loaded or has ended."""
    return not task.done() or (not task.cancelled() and task.exception() is None and task.result().alive)


async def _ended(task: asyncio.Task[ModelProcess]) -> None:
    if not task.done():
        task.cancel()
    [outcome] = await asyncio.gather(task, return_exceptions=True)
    if isinstance(outcome, ModelProcess):
        await outcome.stop()
