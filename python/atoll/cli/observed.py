"""The address of metrics and health, for as long as `up` runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atoll.observe import Watch
    from atoll.supervisor.events import Event


@contextmanager
def observed(address: str | None, announce: "Callable[[Event], None]") -> "Iterator[Watch | None]":
    """Serve metrics and health on `address` until the block ends; None where there is none.

    Raises UserError `listen-failed`.
    """
    if not address:
        yield None
        return
    from atoll.observe import Watch
    from atoll.observe.monitor import monitor
    from atoll.supervisor.address import split
    from atoll.supervisor.events import Monitoring

    watch = Watch()
    try:
        with monitor(*split(address), watch) as bound:
            announce(Monitoring(bound))
            yield watch
    finally:
        watch.close()
