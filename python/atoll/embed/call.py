"""What `aio` gives: a call that has begun, to be awaited."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


class Call(asyncio.Future[T], Coroutine[Any, Any, T]):
    """A future, for the call has begun; tasks and task groups take it as they take coroutines. To cancel it ends it."""

    __slots__ = ()

    def send(self, value: None) -> Any:
        """What a task does to go on."""
        return self.__await__().send(value)

    def throw(self, error: Any, *_: object) -> NoReturn:
        """What a task does that is cancelled before it has begun to wait."""
        self.cancel()
        raise error

    def close(self) -> None:
        """End the call."""
        self.cancel()
