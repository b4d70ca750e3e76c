"""The load: wrk with one thread, on the same cores as the server."""

import shutil
import subprocess
from pathlib import Path

import msgspec

from bench.claim import Unmeasured
from bench.servers import Target

CONNECTIONS = 16
_REPORT = Path(__file__).with_name("wrk.lua")
_MARK = "measured "


class Load(msgspec.Struct, frozen=True):
    """What wrk saw: answered and failed requests, its duration, the median latency and its p99 in microseconds."""

    requests: int
    duration: int
    failed: int
    median: float
    p99: float


def is_installed() -> bool:
    """Whether there is a wrk to be run."""
    return shutil.which("wrk") is not None


def load(target: Target, seconds: int, connections: int = CONNECTIONS) -> Load:
    """Ask as fast as the connections allow, each one request at a time. Raises Unmeasured if any request failed."""
    shape = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    ended = subprocess.run(["wrk", *shape, "-s", str(_REPORT), target.url], capture_output=True, text=True, check=False)
    lines = [line for line in ended.stdout.splitlines() if line.startswith(_MARK)]
    if ended.returncode != 0 or not lines:
        raise Unmeasured(f"wrk failed: {(ended.stderr or ended.stdout).strip()[:200]}")
    seen = msgspec.json.decode(lines[-1].removeprefix(_MARK), type=Load)
    if seen.failed or not seen.requests:
        raise Unmeasured(f"{seen.failed} requests failed, {seen.requests} were answered")
    return seen


def rate(target: Target, seconds: int) -> float:
    """Answers a second."""
    seen = load(target, seconds)
    return seen.requests * 1e6 / seen.duration


def latency(target: Target, seconds: int) -> float:
    """Median microseconds from request to answer, one at a time on one connection."""
    return load(target, seconds, connections=1).median


def slowest(target: Target, seconds: int) -> float:
    """Microseconds within which 99 of 100 requests were answered."""
    return load(target, seconds).p99
