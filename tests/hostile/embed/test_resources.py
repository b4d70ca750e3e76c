"""50: resources of guests and of hosts: dropped twice, closed in use, given to many, and such as are none."""

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

import atoll
from tests.embed.plugins import Applying, Directory, Session, rust
from tests.hostile.embed.harm import LONGEST, harmless

LONG = atoll.Limits(time=20, cpu=20)


@pytest.mark.slow
def test_what_is_dropped_twice_is_dropped_once() -> None:
    with harmless(), rust().open() as instance:
        for _ in range(50):
            counter = instance.counters.Counter(1)
            counter.close()
            counter.close()
            with pytest.raises((TypeError, ValueError), match="closed"):
                counter.value()
        given = instance.counters.Counter(7)
        assert instance.counters.consume(given) == 7
        with pytest.raises((TypeError, ValueError), match="given away"):
            instance.counters.consume(given)
        given.close()
        assert instance.counters.living() == 0


@pytest.mark.slow
def test_a_resource_that_is_closed_while_calls_of_it_wait_ends_no_instance() -> None:
    entered, left = threading.Event(), threading.Event()

    def apply(n: int) -> int:
        entered.set()
        assert left.wait(30)
        return n + 1

    with harmless(), rust(Applying(apply), limits=LONG).open() as instance, ThreadPoolExecutor(2) as pool:
        counter = instance.counters.Counter(0)
        first = pool.submit(instance.crm.call_apply, 1)
        assert entered.wait(30)
        second = pool.submit(counter.increment, 1)
        time.sleep(0.1)
        counter.close()
        left.set()
        assert first.result(30) == 2
        assert second.exception(30) is None or isinstance(second.exception(), TypeError | ValueError)
        assert instance.is_open
        assert instance.counters.living() == 0


class Wrong:
    """No session, whatever it says."""

    name = "anna"


@pytest.mark.slow
def test_a_resource_that_is_none_ends_the_call_that_gave_it() -> None:
    class Giving(Directory):
        def __init__(self, given: object) -> None:
            super().__init__()
            self.given = given

        def open_session(self, user: str) -> object:
            return self.given

    with harmless():
        for wrong in (None, 3, Wrong(), Session):
            with pytest.raises(atoll.GuestTrap) as raised:
                rust(Giving(wrong)).crm.visit("anna")
            assert isinstance(raised.value.__cause__, TypeError | AttributeError)


@pytest.mark.slow
def test_one_object_may_be_given_to_many_guests_at_once() -> None:
    """A host's object has no single owner: each handle is one more reference, given back with its instance."""
    session = Session("anna")
    held = weakref.ref(session)
    with harmless():
        plugin = rust(limits=LONG)
        instances = [plugin.open() for _ in range(20)]
        for instance in instances:
            instance.crm.keep_session(session)
            instance.crm.keep_session(session)
        assert all(instance.crm.kept() == ["anna", "anna"] for instance in instances)
        for instance in instances:
            instance.close()
    del session, instance
    instances.clear()
    gc.collect()
    assert held() is None


class Failing(Directory):
    """Its session does what an object may do when it goes: it fails, and it calls."""

    class Session(Session):
        def __del__(self) -> None:
            calls.append(rust().add(1, 2))
            raise ZeroDivisionError


calls: list[int] = []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_object_that_calls_and_fails_when_it_goes_harms_nobody() -> None:
    plugin = rust(Failing(), limits=LONG)
    with harmless():
        calls.clear()
        assert plugin.crm.visit("anna") == "anna 1, anna 1"
        gc.collect()
        # The last that holds one may be a thread of the data plane.
        end = time.monotonic() + LONGEST
        while len(calls) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert calls == [3, 3]
