"""How soon a server is there."""

import time
from contextlib import AbstractContextManager

from bench.answer import check
from bench.servers import Target


def first_answer(start: AbstractContextManager[Target]) -> float:
    """Milliseconds from the start of the process to its first answer; then it is stopped."""
    with start as target:
        check(target.url, target.body)
        return (time.monotonic() - target.process.started) * 1000
