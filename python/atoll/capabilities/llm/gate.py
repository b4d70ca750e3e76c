"""How many calls are under way, and how many may wait."""

import asyncio
from types import TracebackType

from atoll.capabilities.llm.provider import RuntimeFailed


class Gate:
    """Lets `most` calls in; `waiting` more stand in line, and further ones are turned away with RuntimeFailed."""

    def __init__(self, most: int, waiting: int) -> None:
        self._inside = asyncio.Semaphore(most)
        self._waiting = waiting
        self.calls = 0
        """Inside and in line."""
        self._most = most + waiting

    async def __aenter__(self) -> None:
        if self.calls >= self._most:
            raise RuntimeFailed(f"the model is busy: {self._waiting} calls wait for it already")
        self.calls += 1
        try:
            await self._inside.acquire()
        except BaseException:
            self.calls -= 1
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside.release()
        self.calls -= 1
