"""What the conformance suites of the rooms share: how a provider is called, and how it must fail."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from atoll.capabilities.provider import Failed

T = TypeVar("T")


class Asked:
    """A provider, or what it gave, as the data plane calls it: `async def` on the loop, `def` on threads."""

    def __init__(self, asked: object) -> None:
        self._asked = asked

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._asked, name)
        if inspect.iscoroutinefunction(method):
            return method  # type: ignore[no-any-return]

        async def on_a_thread(*arguments: Any) -> Any:
            return await asyncio.to_thread(method, *arguments)

        return on_a_thread


async def settled(answer: Awaitable[T] | T) -> T:
    """The answer of a method, whether it is `async def` or not."""
    return await answer if inspect.isawaitable(answer) else answer


async def failure(call: Callable[[], Any] | Awaitable[Any]) -> Failed:
    """The failure that a call must end with; a method that is not `async def` fails when it is called."""
    try:
        value = await settled(call() if callable(call) else call)
    except Failed as failed:
        return failed
    raise AssertionError(f"must fail, but answers {value!r}")


@asynccontextmanager
async def refused(kind: type[Failed]) -> AsyncIterator[None]:
    """Around what must end with this failure, and a message."""
    try:
        yield
    except kind as failed:
        assert str(failed), "the error has no message"
    else:
        raise AssertionError("this must fail with the room's error")
