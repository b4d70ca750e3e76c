"""The pool that rooms share, with connections that are nothing."""

import asyncio
from dataclasses import dataclass

from atoll.capabilities.pool import Limits, Pool


@dataclass
class Nothing:
    key: str
    may_idle: float = 60
    closed: bool = False

    async def alive(self) -> bool:
        return not self.closed

    async def reset(self) -> bool:
        return not self.closed

    async def close(self) -> None:
        self.closed = True


async def connect(key: str) -> Nothing:
    return Nothing(key)


def test_calls_that_wait_for_one_server_close_no_connection_to_another() -> None:
    async def run() -> None:
        pool = Pool(connect, Limits(patience=30, total=4, each=1))
        other = await pool.take("b")
        await pool.give("b", other)
        busy = await pool.take("a")
        waiting = [asyncio.create_task(pool.take("a")) for _ in range(8)]
        await asyncio.sleep(0)
        third = await pool.take("c")
        assert not other.closed
        await pool.give("c", third)
        await pool.give("a", busy)
        for task in waiting:
            await pool.give("a", await task)
        assert await pool.take("b") is other

    asyncio.run(run())
