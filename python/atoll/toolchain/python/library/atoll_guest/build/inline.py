"""anyio without threads: what it would run in one, as Starlette does with plain functions, runs in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio._backends._asyncio import AsyncIOBackend

__all__ = ()


async def _run_in_place(
    cls: type[AsyncIOBackend], func: Callable[..., Any], args: tuple[Any, ...], *_: Any, **__: Any
) -> Any:
    return func(*args)


AsyncIOBackend.run_sync_in_worker_thread = classmethod(_run_in_place)  # type: ignore[method-assign, assignment]
