"""The lifespan of an ASGI application: startup before a request, shutdown after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from atoll_guest.failures import tell

__all__ = ("Lifespan",)


class Lifespan:
    """One run of an application's lifespan. An application without one raises at once, as ASGI says; that is no error."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._answered: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._supported = False
        self._state: dict[str, Any] = {}

    @property
    def state(self) -> dict[str, Any] | None:
        """What startup left for the requests; None where there is no lifespan."""
        return self._state if self._supported else None

    async def start(self) -> None:
        """Run startup. Raises RuntimeError with the application's own words where it says that it failed."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._asked.put_nowait({"type": "lifespan.startup"})
        answer = await self._answered.get()
        self._supported = answer is not None
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application's startup failed: {answer.get('message', '')}")

    async def stop(self) -> None:
        """Run shutdown, and end what startup began."""
        if self._supported:
            self._supported = False
            self._asked.put_nowait({"type": "lifespan.shutdown"})
            answer = await self._answered.get()
            if answer is not None and answer["type"] == "lifespan.shutdown.failed":
                tell(RuntimeError(f"the application's shutdown failed: {answer.get('message', '')}"))
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        try:
            await self._application(scope, self._asked.get, self._answered.put)
        except BaseException as error:
            if self._supported:
                tell(error)
        self._answered.put_nowait(None)
