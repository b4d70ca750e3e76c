"""What a hostile guest may leave behind in the process that called it: nothing that grows."""

import gc
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.embed.plugins import rust
from tests.support import resident


class Held(NamedTuple):
    """What this process holds."""

    rss: int
    descriptors: int
    threads: int

    def within(self, before: "Held") -> bool:
        """Whether it is hardly more than before: pools and allocators keep what they have had."""
        most = Held(before.rss + (96 << 20), before.descriptors + 8, before.threads + 8)
        return all(has <= may for has, may in zip(self, most, strict=True))


def _held() -> Held:
    gc.collect()
    return Held(resident(os.getpid()), len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")))


def _names() -> str:
    """How many threads of each name there are."""
    return str(Counter((task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()))


@contextmanager
def unharmed(seconds: float = 20) -> Iterator[None]:
    """After the block, calls go well, and the process holds what it held before, as soon as it has tidied up."""
    healthy = rust()
    assert healthy.values.echo_bytes(bytes(1_000)) == bytes(1_000)
    before = _held()
    yield
    assert healthy.crm.find("anna") == "Anna: 1234"
    with healthy.open() as instance:
        assert (instance.state.bump(), instance.state.bump()) == (1, 2)
    until = time.monotonic() + seconds
    while not (after := _held()).within(before) and time.monotonic() < until:
        time.sleep(0.1)
    assert after.within(before), f"before {before}, after {after} with {_names()}"
