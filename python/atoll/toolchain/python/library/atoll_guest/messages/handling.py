"""The function that answers requests: `@handler` says which one it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from atoll_guest.messages.request import Request
from atoll_guest.messages.response import Response

__all__ = ("Handler", "handler", "registered")

Handler = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]
H = TypeVar("H", bound=Handler)

registered: list[Handler] = []


def handler(function: H) -> H:
    """This function answers every request of the component. A component has one."""
    registered.append(function)
    return function
