"""The interfaces by which guests are told the time and what is random, answered by a test's clock and numbers.

The clock of `wasi:clocks/monotonic-clock`, by which guests measure and sleep, is the machine's.
"""

import time
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from atoll.capabilities.custom.modules import Caller
from atoll.testing.virtual.clock import Clock

PREVIEW_1 = "wasi_snapshot_preview1"
_SECOND = 1_000_000_000
_MOST_BYTES = 1 << 24
"""That a guest gets at a time."""
_INVALID = 28
_OTHERS = {1: time.monotonic_ns, 2: time.process_time_ns, 3: time.thread_time_ns}


class _Time:
    """Answers `wall-clock` and `system-clock`, whose times are the same record."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> dict[str, int]:
        """Seconds and nanoseconds."""
        seconds, nanoseconds = divmod(self._clock.nanoseconds, _SECOND)
        return {"seconds": seconds, "nanoseconds": nanoseconds}

    def resolution(self) -> dict[str, int]:
        """Of WASI 0.2."""
        return {"seconds": 0, "nanoseconds": 1000}

    def get_resolution(self) -> int:
        """Of WASI 0.3."""
        return 1000


class _Numbers:
    """Answers `random`, `insecure` and `insecure-seed`."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def get_random_bytes(self, length: int) -> bytes:
        """So many bytes. Raises ValueError for more than 16 MiB."""
        if length > _MOST_BYTES:
            raise ValueError(f"{length} random bytes at a time are more than a test has")
        return self._random.randbytes(length)

    def get_random_u64(self) -> int:
        """A number."""
        return self._random.getrandbits(64)

    def insecure_seed(self) -> tuple[int, int]:
        """Two of them."""
        return self.get_random_u64(), self.get_random_u64()

    get_insecure_random_bytes = get_random_bytes
    get_insecure_random_u64 = get_random_u64
    get_insecure_seed = insecure_seed


def of_components(clock: Clock | None, random: int | Random | None) -> dict[str, object]:
    """What answers the interfaces of components, of all versions."""
    found: dict[str, object] = {}
    if clock is not None:
        found |= {f"wasi:clocks/{name}": _Time(clock) for name in ("wall-clock", "system-clock")}
    if random is not None:
        source = _source(random)
        found |= {f"wasi:random/{name}": _Numbers(source) for name in ("random", "insecure", "insecure-seed")}
    return found


def of_modules(clock: Clock | None, random: int | Random | None) -> dict[str, Mapping[str, Callable[..., Any]]]:
    """What answers the functions of core modules, those of WASI preview 1."""
    found: dict[str, Callable[..., Any]] = {}
    if clock is not None:
        found["clock_time_get"] = _clock_time_get(clock)
    if random is not None:
        found["random_get"] = _random_get(_Numbers(_source(random)))
    return {PREVIEW_1: found} if found else {}


def _source(random: int | Random) -> Random:
    return random if isinstance(random, Random) else Random(random)


def _clock_time_get(clock: Clock) -> Callable[..., int]:
    def clock_time_get(caller: Caller, number: int, precision: int, at: int) -> int:
        if number != 0 and number not in _OTHERS:
            return _INVALID
        shown = clock.nanoseconds if number == 0 else _OTHERS[number]()
        caller.memory.write(at % 2**32, (shown % 2**64).to_bytes(8, "little"))
        return 0

    return clock_time_get


def _random_get(numbers: _Numbers) -> Callable[..., int]:
    def random_get(caller: Caller, at: int, length: int) -> int:
        caller.memory.write(at % 2**32, numbers.get_random_bytes(length % 2**32))
        return 0

    return random_get
