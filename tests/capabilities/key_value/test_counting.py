"""Counters of backends that only compare and write."""

import asyncio

from atoll.capabilities.key_value.counting import Counters


class Backend:
    """One value, which is written only over the version that was read; both take a while."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.version = 0
        self.lost = 0

    async def read(self) -> tuple[bytes | None, int]:
        await asyncio.sleep(0.001)
        return self.value, self.version

    async def write(self, version: int, total: int) -> bool:
        await asyncio.sleep(0.001)
        if version != self.version:
            self.lost += 1
            return False
        self.value, self.version = b"%d" % total, version + 1
        return True


def test_calls_of_one_process_take_turns() -> None:
    backend = Backend()
    assert _sums(backend, [Counters()], 20) == list(range(1, 21))
    assert backend.lost == 0


def test_those_of_several_try_again_until_all_count() -> None:
    backend = Backend()
    assert _sums(backend, [Counters() for _ in range(4)], 40) == list(range(1, 41))
    assert backend.lost > 0 and backend.value == b"40"


def _sums(backend: Backend, processes: list[Counters], times: int) -> list[int]:
    async def all_of_them() -> list[int]:
        calls = [processes[number % len(processes)] for number in range(times)]
        return await asyncio.gather(*(call.increment("n", backend.read, backend.write, 1) for call in calls))

    return sorted(asyncio.run(all_of_them()))
