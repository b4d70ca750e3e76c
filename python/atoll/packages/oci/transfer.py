"""Many blobs at once, to or from a registry, with someone who watches."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

from atoll.registry.client import Client

_T = TypeVar("_T")
_R = TypeVar("_R")

CONCURRENT = 4


class Watcher(Protocol):
    """Sees how a transfer goes on."""

    def expect(self, size: int) -> None:
        """That many bytes are on their way."""

    def arrived(self, size: int) -> None:
        """That many more bytes have gone over the wire."""


class Nobody:
    """Watches nothing."""

    def expect(self, size: int) -> None:
        """Forget it."""

    def arrived(self, size: int) -> None:
        """Forget it."""


def each(client: Client, items: Iterable[_T], work: Callable[[_T], _R]) -> list[_R]:
    """What `work` makes of each item, in their order; several at a time. The first error ends all.

    An interrupted caller does not wait for connections that stand still: the client is closed.
    """
    with ThreadPoolExecutor(CONCURRENT, thread_name_prefix="transfer") as pool:
        stopped = threading.Event()

        def one(item: _T) -> _R | None:
            return None if stopped.is_set() else work(item)

        futures = [pool.submit(one, item) for item in items]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failed = next((future for future in futures if future in done and future.exception()), None)
            if failed is not None:
                stopped.set()
                failed.result()
        except BaseException:
            stopped.set()
            client.close()
            raise
        return [future.result() for future in futures]  # type: ignore[misc]  # nothing was stopped
