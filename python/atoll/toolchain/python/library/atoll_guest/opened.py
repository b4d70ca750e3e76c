"""What the host opens for a guest, and is given back: by `with`, or by `close`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

__all__ = ("Opened",)

Resource = TypeVar("Resource", bound=AbstractContextManager[Any, Any])


class Opened(Generic[Resource]):
    """Holds a resource of the host, such as a store or a connection."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def close(self) -> None:
        """Give it back to the host; a connection ends."""
        self._resource.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
