"""What a hostile act may leave behind in a server: nothing that grows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from atoll.testing import Up
from tests.support import resident

# What a pool keeps, allocators hold back and a few pooled threads and idle connections take.
RSS = 96 << 20
DESCRIPTORS = 8
THREADS = 8


@dataclass(frozen=True)
class Holdings:
    """What the processes of a server hold together."""

    rss: int
    descriptors: int
    threads: int

    def within(self, before: "Holdings") -> bool:
        """Whether it is hardly more than before."""
        return (
            self.rss <= before.rss + RSS
            and self.descriptors <= before.descriptors + DESCRIPTORS
            and self.threads <= before.threads + THREADS
        )


def holdings(served: Up) -> Holdings:
    """What the supervisor and its workers hold now."""
    pids = [served.process.pid, *served.workers()]
    return Holdings(
        rss=sum(map(resident, pids)),
        descriptors=sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        threads=sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids),
    )


@contextmanager
def unharmed(served: Up, seconds: float = 20) -> Iterator[None]:
    """After the block, the same processes hold what they held before, as soon as they have tidied up."""
    before, processes = holdings(served), served.workers()
    yield
    until = time.monotonic() + seconds
    while not (after := holdings(served)).within(before) and time.monotonic() < until:
        time.sleep(0.1)
    assert after.within(before), f"before {before}, after {after}"
    assert served.process.poll() is None
    assert served.workers() == processes
