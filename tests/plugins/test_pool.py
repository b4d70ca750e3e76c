"""A pool lends instances that are kept: one user at a time, replaced when they are spent."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import atoll
from atoll.embed import pool as pools
from atoll.errors import UserError
from tests.embed.loops import run
from tests.plugins import wat
from tests.plugins.folders import PluginFolder


def counting(size: int = 1, **settings: Any) -> atoll.Pool:
    """Of a plugin that counts the calls of each instance."""
    return atoll.Pool(atoll.load(wat.counting().encode()), size, **settings)


Count = Callable[[atoll.Pool], int]


def waited(pool: atoll.Pool) -> int:
    with pool.instance() as instance:
        count: int = instance.count()
    return count


def awaited(pool: atoll.Pool) -> int:
    async def main() -> int:
        async with pool.aio.instance() as instance:
            count: int = await instance.aio.count()
        return count

    counted: int = run(main)
    return counted


def by_name(pool: atoll.Pool) -> int:
    count: int = pool.call("count")
    return count


def by_name_awaited(pool: atoll.Pool) -> int:
    count: int = run(lambda: pool.aio.call("count"))
    return count


WAYS = [waited, awaited, by_name, by_name_awaited]
count_each = pytest.mark.parametrize("count", WAYS, ids=lambda way: way.__name__)


@count_each
def test_an_instance_is_used_again(count: Count) -> None:
    with counting() as pool:
        assert [count(pool) for _ in range(3)] == [1, 2, 3]


def test_each_user_has_one_alone_and_none_is_opened_in_vain() -> None:
    with counting(2) as pool:
        with pool.instance() as first, pool.instance() as second:
            assert first is not second
            assert (first.count(), first.count(), second.count()) == (1, 2, 1)
            assert repr(pool) == "<pool of 2: 2 in use, 0 idle>"
        assert repr(pool) == "<pool of 2: 0 in use, 2 idle>"
        assert pool.call("count") + pool.call("count") == 7, "the one that was given back last is warm"


@count_each
def test_one_whose_call_failed_is_replaced(count: Count) -> None:
    with counting() as pool:
        assert count(pool) == 1
        with pytest.raises(atoll.GuestTrap), pool.instance() as instance:
            instance.fail()
        assert count(pool) == 1
        with pytest.raises(atoll.GuestTrap):
            pool.call("fail")
        assert count(pool) == 1


@count_each
def test_one_that_was_used_often_enough_is_replaced(count: Count) -> None:
    with counting(max_uses=2) as pool:
        assert [count(pool) for _ in range(5)] == [1, 2, 1, 2, 1]


@count_each
def test_one_that_is_old_is_replaced(count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(pools, "monotonic", lambda: now)
    with counting(max_age=10) as pool:
        assert (count(pool), count(pool)) == (1, 2)
        now += 10
        assert (count(pool), count(pool)) == (1, 2)


@count_each
def test_one_of_an_older_version_is_replaced(count: Count, folder: PluginFolder) -> None:
    folder.put("one", wat.counting())
    plugins = folder.load()
    with atoll.Pool(plugins.one, 1) as pool:
        assert (count(pool), count(pool)) == (1, 2)
        with pool.instance() as instance:
            folder.put("one", wat.counting(10))
            plugins.refresh()
            assert instance.count() == 3
        assert (count(pool), count(pool)) == (11, 12)


def test_a_plugin_that_is_removed_takes_its_instances_along(folder: PluginFolder) -> None:
    file = folder.put("one", wat.counting())
    plugins = folder.load()
    with plugins.one.pool(1) as pool:
        with pool.instance() as instance:
            file.unlink()
            plugins.refresh()
            assert instance.count() == 1
        assert not instance.is_open
        for _ in range(3):
            with pytest.raises(UserError, match="plugin `one` was removed"):
                pool.call("count")
        folder.put("one", wat.counting(5))
        plugins.refresh()
        assert pool.call("count") == 6


def test_calls_of_a_pool_count_for_the_plugin(folder: PluginFolder) -> None:
    folder.put("one", wat.counting())
    plugins = folder.load(quotas=atoll.Quotas(calls=3, per="1h"))
    with plugins.one.pool() as pool:
        assert (pool.call("count"), pool.call("count")) == (1, 2)
        with pytest.raises(atoll.QuotaExceeded):
            pool.call("count")
    assert plugins.metrics()["one"]["calls"] == 3, "to open the instance was one as well"


def test_functions_of_interfaces_are_called_by_path() -> None:
    plugin = atoll.load(wat.within(4, "acme:docs/events").encode())
    with atoll.Pool(plugin) as pool:
        assert pool.call("events/number") == pool.call("acme:docs/events/number") == 4
        with pytest.raises(UserError, match="exports no `render`"):
            pool.call("render")


def exhausted(pool: atoll.Pool) -> list[UserError]:
    async def main() -> None:
        async with pool.aio.instance():
            pass

    errors = []
    for attempt in (lambda: waited(pool), lambda: run(main)):
        with pytest.raises(UserError, match="all 1 instances of the pool are in use") as raised:
            attempt()
        errors.append(raised.value)
    return errors


def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with counting(timeout=0.01) as pool:
        with pool.instance():
            assert [error.code for error in exhausted(pool)] == ["pool-exhausted"] * 2
        assert waited(pool) == 1, "what came too late for them is there for others"


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 3])
def test_many_threads_and_coroutines_share_few_instances(size: int) -> None:
    """Every call is counted by one of the instances, and no instance is ever used by two."""
    with counting(size) as pool, ThreadPoolExecutor(8) as threads:
        inside: set[int] = set()
        lock = threading.Lock()

        def use(instance: atoll.Instance) -> None:
            with lock:
                assert id(instance) not in inside
                assert len(inside) < size
                inside.add(id(instance))
            instance.count()
            with lock:
                inside.remove(id(instance))

        def work(_: int) -> None:
            for _ in range(20):
                with pool.instance() as instance:
                    use(instance)

        async def coroutine() -> None:
            for _ in range(20):
                async with pool.aio.instance() as instance:
                    use(instance)

        async def coroutines() -> None:
            await asyncio.gather(*(coroutine() for _ in range(8)))

        working = [threads.submit(work, number) for number in range(7)]
        run(coroutines)
        for each in working:
            each.result(60)
        counts = []
        for _ in range(size):
            with pool.instance() as instance:
                counts.append(instance.count() - 1)
                instance.close()
        assert sum(counts) == 7 * 20 + 8 * 20


def test_who_waits_longest_is_served_first() -> None:
    with counting() as pool, ThreadPoolExecutor(4) as threads:
        served: list[int] = []

        def wait(number: int) -> None:
            with pool.instance():
                served.append(number)

        with pool.instance():
            waiting = []
            for number in range(4):
                waiting.append(threads.submit(wait, number))
                while len(pool._waiting) <= number:
                    assert not waiting[-1].done()
        for each in waiting:
            each.result(60)
        assert served == [0, 1, 2, 3]


def test_whoever_stops_waiting_takes_nothing_along() -> None:
    pool = counting()

    async def main() -> None:
        async def use() -> None:
            async with pool.aio.instance():
                pass

        with pool.instance():
            tasks = [asyncio.create_task(use()) for _ in range(3)]
            while len(pool._waiting) < 3:
                await asyncio.sleep(0)
            tasks[0].cancel()
        # It was given to the second, who does not take it either; and nobody else knows of it yet.
        tasks[1].cancel()
        for task in tasks[:2]:
            with pytest.raises(asyncio.CancelledError):
                await task
        await tasks[2]

    run(main)
    assert waited(pool) == 1


def test_whoever_does_not_wait_for_an_instance_to_be_opened_takes_nothing_along() -> None:
    plugin = atoll.load(wat.counting().encode())
    asked, opened = threading.Event(), threading.Event()

    def slowly() -> atoll.Plugin:
        asked.set()
        assert opened.wait(60)
        return plugin

    pool = atoll.Pool(slowly, 1)

    async def main() -> None:
        calling = asyncio.create_task(pool.aio.call("count"))
        while not asked.is_set():
            await asyncio.sleep(0.001)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        opened.set()

    run(main)
    assert pool.call("count") == 1


def test_what_cannot_be_opened_leaves_its_place() -> None:
    plugin = atoll.load(wat.counting().encode())
    plugins: list[atoll.Plugin] = []
    pool = atoll.Pool(lambda: plugins[0], 1)
    for _ in range(3):
        with pytest.raises(IndexError):
            waited(pool)
        with pytest.raises(IndexError):
            awaited(pool)
    plugins.append(plugin)
    assert waited(pool) == 1


def test_a_closed_pool_has_no_instances() -> None:
    pool = counting()
    assert waited(pool) == 1
    with ThreadPoolExecutor(1) as threads, pool.instance() as instance:
        waiting = threads.submit(waited, pool)
        while not pool._waiting:
            assert not waiting.done()
        pool.close()
        with pytest.raises(UserError) as raised:
            waiting.result(60)
        assert raised.value.code == "pool-closed"
        assert instance.count() == 2, "who has one keeps it"
    assert not instance.is_open
    with pytest.raises(UserError, match="the pool was closed"):
        waited(pool)
    assert repr(pool) == "<pool of 1: 0 in use, 0 idle>"


def test_a_pool_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not 0"):
        counting(0)


def test_a_setting_that_is_misspelt_is_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'max_use'; there are max_uses, "):
        counting(max_use=1)
