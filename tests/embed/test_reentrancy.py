"""A host function that calls plugins itself: others, the same one, even the instance that called it."""

import asyncio
import time

import pytest

import atoll
from tests.embed.plugins import Applying, Awaiting, Directory, Session, rust

SOON = atoll.Limits(time=0.5)


def test_a_host_function_calls_another_plugin() -> None:
    other = rust()
    assert rust(Applying(lambda n: other.add(n, 10))).crm.fold(3) == 30


def test_a_host_function_calls_the_same_plugin_in_a_fresh_sandbox() -> None:
    def apply(n: int) -> int:
        assert plugin.state.bump() == 1
        deeper: int = plugin.crm.call_apply(n - 1) if n else 0
        return deeper + 1

    plugin = rust(Applying(apply))
    assert plugin.crm.call_apply(20) == 21


def test_a_host_function_calls_another_instance_of_the_same_plugin() -> None:
    plugin = rust(Applying(lambda n: other.state.bump()))
    with plugin.open() as instance, plugin.open() as other:
        assert [instance.crm.call_apply(0) for _ in range(3)] == [1, 2, 3]


def test_a_host_function_loads_opens_and_closes() -> None:
    def apply(n: int) -> int:
        with rust().open() as instance:
            bumped: int = instance.state.bump()
            return bumped + n

    assert rust(Applying(apply)).crm.fold(3) == 3


def test_awaited_host_functions_call_and_await() -> None:
    async def apply(n: int) -> int:
        once: int = await plugin.aio.add(n, 1)
        twice: int = rust().add(once, 0)
        return twice

    plugin = rust(Awaiting(apply))

    async def call() -> int:
        folded: int = await plugin.aio.crm.fold(3)
        return folded

    assert asyncio.run(call()) == 3
    assert rust(Applying(lambda n: asyncio.run(call()))).crm.call_apply(0) == 3


def test_an_error_goes_through_all_the_guests_between() -> None:
    def apply(n: int) -> int:
        if n == 0:
            raise ValueError("at the bottom")
        deeper: int = plugin.crm.call_apply(n - 1)
        return deeper

    plugin = rust(Applying(apply))
    with pytest.raises(atoll.GuestTrap) as raised:
        plugin.crm.call_apply(3)
    names, cause = [], raised.value.__cause__
    while cause is not None:
        names.append(type(cause).__name__)
        cause = cause.__cause__
    assert names == ["GuestTrap"] * 3 + ["ValueError"]


@pytest.mark.slow
def test_guests_and_hosts_that_call_each_other_for_ever_come_to_an_end() -> None:
    def apply(n: int) -> int:
        deeper: int = plugin.crm.call_apply(n + 1)
        return deeper

    plugin = rust(Applying(apply), limits=atoll.Limits(time=20))
    with pytest.raises((atoll.CallFailed, RecursionError)):
        plugin.crm.call_apply(0)
    assert plugin.add(1, 2) == 3


@pytest.mark.slow
def test_an_instance_cannot_be_called_from_a_call_of_it() -> None:
    raised: list[BaseException] = []

    def apply(n: int) -> int:
        with pytest.raises(atoll.CallFailed) as refused:
            instance.state.bump()
        raised.append(refused.value)
        return n + 1

    with rust(Applying(apply), limits=SOON).open() as instance:
        began = time.monotonic()
        assert instance.crm.call_apply(1) == 2
        assert time.monotonic() - began < 0.4
        assert instance.state.bump() == 1
    assert len(raised) == 1


@pytest.mark.slow
def test_nor_where_it_is_awaited() -> None:
    async def apply(n: int) -> int:
        with pytest.raises(atoll.CallFailed):
            await instance.aio.state.bump()
        return n + 1

    async def call() -> int:
        called: int = await instance.aio.crm.call_apply(1)
        return called

    with rust(Awaiting(apply), limits=SOON).open() as instance:
        began = time.monotonic()
        assert asyncio.run(call()) == 2
        assert time.monotonic() - began < 0.4
        assert instance.state.bump() == 1


def test_an_instance_that_is_closed_from_a_call_of_it_ends_with_that_call() -> None:
    def apply(n: int) -> int:
        instance.close()
        assert not instance.is_open
        return n + 1

    instance = rust(Applying(apply)).open()
    assert instance.crm.call_apply(1) == 2
    with pytest.raises(atoll.InstanceEnded, match="the instance was closed"):
        instance.state.bump()


def test_a_resource_can_be_closed_and_dropped_from_a_call_of_its_instance() -> None:
    def apply(n: int) -> int:
        counters.pop().close()
        counters.pop()
        return n + 1

    with rust(Applying(apply)).open() as instance:
        counters = [instance.counters.Counter(number) for number in range(3)]
        assert instance.crm.call_apply(1) == 2
        assert instance.counters.living() == 1


def test_a_session_that_calls_back_is_called_like_any_host() -> None:
    class Calling(Directory):
        class Session(Session):
            def touch(self) -> int:
                bumped: int = other.state.bump()
                return bumped

    with rust().open() as other:
        assert rust(Calling()).crm.visit("anna") == "anna 1, anna 2"
