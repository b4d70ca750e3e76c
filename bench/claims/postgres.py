"""A round trip to a database costs a guest little more than it costs Python."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from urllib.parse import quote

import pytest
from tests.servers.postgres import postgres
from tests.servers.redis import redis

from bench import guests, servers
from bench.answer import check
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.load import latency
from bench.manifest import app
from bench.servers import Target

_CALLS = 200
_KEYS = 'allowed_outbound_hosts = ["postgres://127.0.0.1:*", "redis://127.0.0.1:*"]\n'
_BAR = figure_at_most(60)

Call = Callable[[], Awaitable[object]]


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    granted = app({"/...": replace(guest, keys=_KEYS)})
    with servers.up(granted, servers.cores(), ("--log-dir", "", "--quiet")) as process, _databases() as (pg, cache):
        asked = {
            "PostgreSQL": ("postgres/v2/times", pg, _postgres),
            "Redis": ("redis/v2/times", cache, _redis),
        }
        rows = []
        for title, (path, address, client) in asked.items():
            once = Target(process, b"", f"/{path}?key=a&count=1&address={quote(address, safe='')}")
            often = replace(once, path=once.path.replace("count=1&", f"count={_CALLS + 1}&"))
            check(once.url, b"")
            latency(often, plan.warm_up)
            pairs = [(_per_call(once, often, plan), client(address, plan.seconds)) for _ in range(plan.rounds)]
            added = tuple(ours - theirs for ours, theirs in pairs)
            alone = median(theirs for _, theirs in pairs)
            rows.append(Row(title, ours=added, bar=_BAR, note=f"the client alone takes {alone:.0f} us"))
    return rows


@contextmanager
def _databases() -> Iterator[tuple[str, str]]:
    """The addresses of both."""
    try:
        with tempfile.TemporaryDirectory(prefix="redis-") as folder, postgres() as pg, redis(Path(folder)) as cache:
            yield pg.url, cache.url
    except pytest.skip.Exception as missing:
        raise Unmeasured(str(missing)) from None


def _per_call(once: Target, often: Target, plan: Plan) -> float:
    """Microseconds of a call, without those of the request around it."""
    return (latency(often, plan.seconds) - latency(once, plan.seconds)) / _CALLS


def _postgres(address: str, seconds: int) -> float:
    import psycopg

    async def run() -> float:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:

            async def call() -> object:
                return await (await connection.execute("SELECT 1")).fetchall()

            return await _timed(call, seconds)

    return asyncio.run(run())


def _redis(address: str, seconds: int) -> float:
    from redis.asyncio import Redis

    async def run() -> float:
        async with Redis.from_url(address) as client:
            return await _timed(lambda: client.get("a"), seconds)

    return asyncio.run(run())


async def _timed(call: Call, seconds: int) -> float:
    """The median of the microseconds that a call takes, as the mean of as many as a request makes."""
    taken = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        for _ in range(_CALLS):
            await call()
        taken.append((time.perf_counter() - began) * 1e6 / _CALLS)
    return median(taken)


CLAIM = Claim(
    name="round trips",
    compares="what a guest's round trip to PostgreSQL (`SELECT 1`) and to Redis (`GET`) costs beyond the same one by "
    f"the Python client alone on one connection: requests of {_CALLS + 1} calls less requests of one, one at a time",
    unit="us",
    better="lower",
    guests=(guests.ROOMS,),
    measure=_measure,
)
