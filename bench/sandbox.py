"""A sandbox by itself, without a server around it, measured by `bench.probe` in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from bench.claim import Unmeasured
from bench.guests import Guest
from bench.servers import SOURCES, environment

_ROOT = Path(__file__).resolve().parent.parent


class CallCost(msgspec.Struct, frozen=True):
    """Instances made, called and dropped one after the other, and the median of what that took."""

    calls: int
    median_us: float


class LiveCost(msgspec.Struct, frozen=True):
    """Instances held at the same time, what each takes, and the settings that the pool was made with."""

    instances: int
    bytes_each: int
    pool: Mapping[str, int] | None = None


def call(guest: Guest, seconds: int) -> CallCost:
    """Call the guest for so many seconds. Raises Unmeasured."""
    return _measured(CallCost, "call", guest, "--seconds", str(seconds))


def live(guest: Guest, count: int) -> LiveCost:
    """Hold so many instances of the guest. Raises Unmeasured when the system has no room for them."""
    return _measured(LiveCost, "live", guest, "--count", str(count))


_Cost = TypeVar("_Cost", CallCost, LiveCost)


def _measured(kind: type[_Cost], what: str, guest: Guest, *options: str) -> _Cost:
    variables = {**environment(), "PYTHONPATH": os.pathsep.join((str(SOURCES), str(_ROOT)))}
    command = [sys.executable, "-m", "bench.probe", what, str(guest.file), *options]
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise Unmeasured((ended.stderr.strip().splitlines() or ["the probe said nothing"])[-1])
    return msgspec.json.decode(ended.stdout, type=kind)
