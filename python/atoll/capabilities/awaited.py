"""The task in which the data plane awaits a provider's answer."""

from asyncio import CancelledError
from collections.abc import Awaitable
from typing import Protocol


class Asked(Protocol):
    """One call of a provider; the data plane's own."""

    def begin(self) -> Awaitable[object]:
        """Call the method."""

    def answered(self, result: object) -> None:
        """Tell the guest."""

    def failed(self, error: BaseException) -> None:
        """Tell the guest what the method raised."""

    def ended(self) -> None:
        """Forget the task."""


async def answer(asked: Asked) -> None:
    """Await and tell; nobody waits for what was cancelled. What is no Exception goes to who asked, not to the loop."""
    try:
        asked.answered(await asked.begin())
    except CancelledError:
        raise
    except BaseException as error:
        asked.failed(error)
    finally:
        asked.ended()
