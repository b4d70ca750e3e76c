"""What runs in an instance is ended from outside: whoever waits for it is told, and nobody else."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import atoll
from tests.embed import wat
from tests.embed.loops import run
from tests.embed.plugins import Applying, Awaiting, Shop, later, rust, small
from tests.support import built

LONG = atoll.Limits(time=60, cpu=60)
INTERRUPTED = "^the call was interrupted"


class Bell:
    """Tells when a guest has come in, and may do more."""

    def __init__(self) -> None:
        self.rung = threading.Event()

    def ring(self) -> None:
        self.rung.set()


def spinning(bell: Bell) -> atoll.Plugin:
    """Its `run` rings, and never ends."""
    return atoll.load(wat.ringing(wat.FOREVER), imports={wat.BELL: bell}, limits=LONG)


def is_over(instance: atoll.Instance) -> None:
    """The instance has ended, and says why."""
    assert not instance.is_open
    assert instance.interrupt() is False
    with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
        instance.nop()


def test_a_guest_that_spins_is_ended_from_another_thread() -> None:
    bell = Bell()
    with spinning(bell).open() as instance, ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.run)
        assert bell.rung.wait(10)
        began = time.monotonic()
        assert instance.interrupt() is True
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED) as raised:
            call.result(10)
        assert time.monotonic() - began < 1
        assert raised.value.code == "instance-ended"
        is_over(instance)


def test_a_guest_that_sleeps_is_ended_from_another_thread() -> None:
    with rust(limits=LONG).open() as instance, ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.bad.sleep, 60_000)
        time.sleep(0.05)
        assert instance.interrupt() is True
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            call.result(10)


def test_a_host_function_comes_to_its_end_before_the_guest_that_goes_on() -> None:
    class Slow(Bell):
        has_returned = False

        def ring(self) -> None:
            super().ring()
            time.sleep(0.2)
            self.has_returned = True

    bell = Slow()
    with spinning(bell).open() as instance, ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.run)
        assert bell.rung.wait(10)
        assert instance.interrupt() is True
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            call.result(10)
        assert bell.has_returned
        is_over(instance)


def test_a_guest_that_would_end_with_its_host_function_is_ended_too() -> None:
    entered = threading.Event()

    def apply(n: int) -> int:
        entered.set()
        time.sleep(0.2)
        return n

    with rust(Applying(apply), limits=LONG).open() as instance, ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.crm.call_apply, 1)
        assert entered.wait(10)
        assert instance.interrupt() is True
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            call.result(10)
        assert not instance.is_open


def test_a_host_function_can_end_the_call_that_it_is_asked_in() -> None:
    class Ending(Bell):
        def ring(self) -> None:
            assert instance.interrupt() is True

    with spinning(Ending()).open() as instance:
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            instance.run()
        is_over(instance)


@pytest.mark.parametrize("call", ["spin", "sleep"])
def test_an_awaited_call_is_ended_from_another_thread(call: str) -> None:
    async def main() -> None:
        with rust(limits=LONG).open() as instance:
            waits = instance.aio.bad.spin() if call == "spin" else instance.aio.bad.sleep(60_000)
            threading.Timer(0.05, instance.interrupt).start()
            with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
                await waits
            assert not instance.is_open

    run(main)


def test_an_awaited_host_function_is_cancelled() -> None:
    said: list[str] = []

    async def apply(n: int) -> int:
        said.append("begun")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            said.append("cancelled")
            raise
        return n

    async def main() -> None:
        with rust(Awaiting(apply), limits=LONG).open() as instance:
            waits = instance.aio.crm.call_apply(1)
            while not said:
                await asyncio.sleep(0.001)
            assert instance.interrupt() is True
            with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
                await waits
            while len(said) < 2:
                await asyncio.sleep(0.001)

    run(main)


class Waiting(Shop):
    """Counts who waits."""

    def __init__(self) -> None:
        self.many = 0

    async def wait(self, ms: int) -> None:
        self.many += 1
        await asyncio.sleep(ms / 1000)


def test_all_calls_of_an_asynchronous_instance_are_ended() -> None:
    shop = Waiting()

    async def main() -> None:
        with later(shop, limits=LONG).open() as instance:
            calls = [instance.aio.jobs.nap(60_000) for _ in range(3)]
            while shop.many < 3:
                await asyncio.sleep(0.001)
            assert instance.interrupt() is True
            for ended in await asyncio.gather(*calls, return_exceptions=True):
                assert isinstance(ended, atoll.InstanceEnded)
                assert ended.message == "the call was interrupted"
            assert not instance.is_open

    run(main)


def test_a_thread_that_waits_for_an_asynchronous_instance_is_told() -> None:
    shop = Waiting()
    with later(shop, limits=LONG).open() as instance, ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.jobs.nap, 60_000)
        while not shop.many:
            time.sleep(0.001)
        assert instance.interrupt() is True
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            call.result(10)


def test_calls_that_wait_for_their_turn_are_told_as_well() -> None:
    bell = Bell()
    with spinning(bell).open() as instance, ThreadPoolExecutor(4) as pool:
        call = pool.submit(instance.run)
        assert bell.rung.wait(10)
        waiting = [pool.submit(instance.nop) for _ in range(3)]
        time.sleep(0.05)
        assert instance.interrupt() is True
        for one in (call, *waiting):
            with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
                one.result(10)


def test_where_nothing_runs_the_instance_goes_on() -> None:
    with rust().open() as instance:
        assert instance.interrupt() is False
        assert [instance.state.bump() for _ in range(2)] == [1, 2]
        assert instance.interrupt() is False
        assert instance.state.bump() == 3
    assert instance.interrupt() is False


def test_where_nothing_runs_an_asynchronous_instance_goes_on() -> None:
    with later().open() as instance:
        assert instance.jobs.lookup("a") == "a!"
        assert instance.interrupt() is False
        assert instance.jobs.lookup("b") == "b!"


def test_others_are_not_disturbed() -> None:
    plugin = rust(limits=LONG)
    with plugin.open() as instance, plugin.open() as sibling, ThreadPoolExecutor(3) as pool:
        call = pool.submit(instance.bad.sleep, 60_000)
        others = [pool.submit(sibling.bad.sleep, 200), pool.submit(plugin.bad.sleep, 200)]
        time.sleep(0.05)
        assert instance.interrupt() is True
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            call.result(10)
        for other in others:
            assert other.result(10) is None
        assert sibling.state.bump() == 1


def test_a_core_module_is_ended() -> None:
    module = b'(module (func (export "spin") (loop $again (br $again))) (global (export "g") (mut i32) (i32.const 0)))'
    with atoll.load(module, limits=LONG).open() as instance, ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.spin)
        time.sleep(0.05)
        assert instance.interrupt() is True
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            call.result(10)
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            instance.g.value += 1


def test_an_instance_that_is_used_and_interrupted_at_random_is_whole_or_over() -> None:
    with small().open() as instance:
        stopping = threading.Event()

        def interrupt() -> int:
            ran = 0
            while not stopping.is_set():
                ran += instance.interrupt()
                time.sleep(0.0001)
            return ran

        with ThreadPoolExecutor(1) as pool:
            interrupting = pool.submit(interrupt)
            try:
                for n in range(20_000):
                    assert instance.add(n, 1) == n + 1
            except atoll.InstanceEnded as ended:
                assert ended.message == "the call was interrupted"
            finally:
                stopping.set()
            ran = interrupting.result(10)
        assert instance.is_open or ran


def test_an_export_of_that_name_is_found_by_its_full_name() -> None:
    plugin = atoll.load(wat.component(wat.number(7, "interrupt"), wat.lifted_number("interrupt")))
    assert plugin.interrupt() == 7
    with plugin.open() as instance:
        assert instance.interrupt() is False
        assert instance.exports["interrupt"]() == 7


def test_a_resource_keeps_what_happened_in_mind() -> None:
    with atoll.load(built("rust-plugin"), imports={"acme:plugin/directory": Applying(int)}, limits=LONG).open() as one:
        counter = one.counters.Counter(1)
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(one.bad.sleep, 60_000)
            time.sleep(0.05)
            assert one.interrupt() is True
            with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
                call.result(10)
        with pytest.raises(atoll.InstanceEnded, match=INTERRUPTED):
            counter.increment(1)
