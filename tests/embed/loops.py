"""Event loops of a test's own."""

import asyncio
from collections.abc import Callable
from typing import Any


def run(main: Callable[[], Any]) -> Any:
    """On a loop of its own, and not for ever."""
    return asyncio.run(asyncio.wait_for(main(), 60))
