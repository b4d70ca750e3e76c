"""Calls from any number of threads at once: side by side in sandboxes of their own, in turn in one that is kept."""

import asyncio
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import atoll
from tests.embed.plugins import Applying, Awaiting, rust, small

THREADS = 8


def test_calls_of_a_plugin_run_side_by_side() -> None:
    """All of them are in their host at the same time, or the barrier breaks."""
    together = threading.Barrier(THREADS)

    def apply(n: int) -> int:
        together.wait(30)
        return n + 1

    plugin = rust(Applying(apply))
    with ThreadPoolExecutor(THREADS) as pool:
        assert [*pool.map(plugin.crm.call_apply, range(THREADS))] == [*range(1, THREADS + 1)]


class Counted:
    """How many are inside at the same time."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.lock = threading.Lock()

    def __call__(self, n: int) -> int:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.002)
        with self.lock:
            self.inside -= 1
        return n + 1


@pytest.mark.slow
def test_calls_of_one_instance_take_turns() -> None:
    counted = Counted()
    with rust(Applying(counted)).open() as instance, ThreadPoolExecutor(THREADS) as pool:

        def call(n: int) -> int:
            assert instance.crm.call_apply(n) == n + 1
            bumped: int = instance.state.bump()
            return bumped

        assert sorted(pool.map(call, range(50))) == [*range(1, 51)]
    assert counted.most == 1


@pytest.mark.slow
def test_calls_from_many_threads_give_each_its_own_answer() -> None:
    plugin = rust()

    def call(number: int) -> None:
        assert plugin.add(number, 1) == number + 1
        assert plugin.values.echo_string(f"{number}") == f"{number}"
        assert plugin.crm.fold(number % 5) == number % 5
        assert plugin.state.bump() == 1

    with ThreadPoolExecutor(THREADS) as pool:
        assert [*pool.map(call, range(400))] == [None] * 400


@pytest.mark.slow
def test_a_guest_that_computes_does_not_keep_python_from_running() -> None:
    plugin = small()
    steps = 0
    with ThreadPoolExecutor(1) as pool:
        spinning = pool.submit(plugin.spin, 100_000_000)
        while not spinning.done():
            time.sleep(0.001)
            steps += 1
        assert spinning.result() > 0
    assert steps > 5


def test_a_host_function_runs_on_the_thread_that_called() -> None:
    threads: list[threading.Thread] = []

    def apply(n: int) -> int:
        threads.append(threading.current_thread())
        return n + 1

    plugin = rust(Applying(apply))

    def call() -> threading.Thread:
        plugin.crm.fold(3)
        return threading.current_thread()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(call).result()
    assert threads == [other] * 3
    call()
    assert threads[3:] == [threading.main_thread()] * 3


def test_host_functions_that_are_awaited_serve_many_threads() -> None:
    async def apply(n: int) -> int:
        return n + 1

    plugin = rust(Awaiting(apply))
    with ThreadPoolExecutor(THREADS) as pool:
        assert [*pool.map(plugin.crm.fold, range(40))] == [*range(40)]


@pytest.mark.slow
def test_the_deadline_counts_the_wait_for_a_turn() -> None:
    entered, leave = threading.Event(), threading.Event()

    def apply(n: int) -> int:
        entered.set()
        assert leave.wait(30)
        return n

    plugin = rust(Applying(apply), limits=atoll.Limits(time=20))
    waiting = rust(Applying(apply), limits=atoll.Limits(time=0.3))
    with plugin.open() as instance, ThreadPoolExecutor(1) as pool:
        first = pool.submit(instance.crm.call_apply, 7)
        assert entered.wait(30)
        leave.set()
        assert first.result() == 7
    entered.clear()
    leave.clear()
    with waiting.open() as instance, ThreadPoolExecutor(1) as pool:
        first = pool.submit(instance.crm.call_apply, 7)
        assert entered.wait(30)
        with pytest.raises(atoll.LimitExceeded) as raised:
            instance.state.bump()
        assert raised.value.code == "limit-deadline"
        assert not first.done()
        leave.set()
        assert first.exception(30) is None or isinstance(first.exception(), atoll.LimitExceeded)


@pytest.mark.slow
def test_threads_that_end_with_calls_behind_them_leave_nothing() -> None:
    plugin = rust()
    before = threading.active_count()
    for _ in range(50):
        thread = threading.Thread(target=plugin.crm.fold, args=(2,))
        thread.start()
        thread.join(30)
    assert threading.active_count() <= before
    assert sys.getswitchinterval() > 0


def providing() -> int:
    """The threads on which host functions run whose callers wait on a loop."""
    tasks = Path("/proc/self/task").iterdir()
    return sum((task / "comm").read_text() == "atoll-provider\n" for task in tasks)


@pytest.mark.slow
def test_threads_of_host_functions_that_have_nothing_to_do_end() -> None:
    together = threading.Barrier(THREADS)

    def apply(n: int) -> int:
        together.wait(30)
        return n + 1

    plugin = rust(Applying(apply))

    async def main() -> list[int]:
        return [*await asyncio.gather(*(plugin.aio.crm.call_apply(number) for number in range(THREADS)))]

    assert asyncio.run(main()) == [*range(1, THREADS + 1)]
    assert providing() >= THREADS
    until = time.monotonic() + 30
    while providing() > 1 and time.monotonic() < until:
        time.sleep(0.1)
    assert providing() == 1
    assert asyncio.run(main()) == [*range(1, THREADS + 1)]
