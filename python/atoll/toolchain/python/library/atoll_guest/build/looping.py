"""asyncio's own functions make the sandbox's event loop: `asyncio.run`, `asyncio.new_event_loop`."""

from __future__ import annotations

import asyncio.events

from atoll_guest.loop import Loop

__all__ = ("install",)


class _Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = Loop


def install() -> None:
    """From now on."""
    asyncio.events._set_event_loop_policy(_Policy())
