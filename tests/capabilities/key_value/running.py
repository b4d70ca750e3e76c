"""How tests here run: on a loop, with a store that is closed afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """The test as pytest runs it."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


@asynccontextmanager
async def opened(store: Any) -> AsyncIterator[Any]:
    """The store, closed afterwards."""
    try:
        yield store
    finally:
        await store.close()


async def listed(store: Any) -> list[list[str]]:
    """The pages of the listing."""
    pages = store.keys()
    return [page async for page in pages]
