"""Objects of Python's that a guest makes, borrows, holds and drops."""

import gc
import threading
import weakref

import pytest

import atoll
from tests.embed.plugins import Directory, Session, rust


class Watched(Directory):
    """Remembers its sessions, and does not hold them."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: list[weakref.ref[Session]] = []
        of = self

        class Remembered(Session):
            def __init__(self, user: str) -> None:
                super().__init__(user)
                of.sessions.append(weakref.ref(self))

        self.Session = Remembered

    @property
    def living(self) -> int:
        gc.collect()
        return sum(session() is not None for session in self.sessions)


def test_a_guest_constructs_and_uses_them() -> None:
    directory = Watched()
    assert rust(directory).crm.visit("anna") == "anna 1, anna 1"
    assert len(directory.sessions) == 2
    assert directory.living == 0


def test_one_that_a_guest_dropped_is_released_while_the_instance_goes_on() -> None:
    directory = Watched()
    with rust(directory).open() as instance:
        instance.crm.visit("anna")
        assert len(directory.sessions) == 2
        assert directory.living == 0
        assert instance.is_open


def test_a_borrowed_one_is_the_callers() -> None:
    directory = Directory()
    session = Session("anna")
    with rust(directory).open() as instance:
        assert instance.crm.with_session(session) == "anna 1"
        assert instance.crm.with_session(session=session) == "anna 2"
    assert session.touched == 2
    held = weakref.ref(session)
    del session
    gc.collect()
    assert held() is None


def test_an_owned_one_is_held_as_long_as_the_guest_has_it() -> None:
    with rust().open() as instance:
        held = []
        for user in ("anna", "ben"):
            session = Session(user)
            held.append(weakref.ref(session))
            instance.crm.keep_session(session)
            del session
        gc.collect()
        assert all(session() for session in held)
        assert instance.crm.kept() == ["anna", "ben"]
    gc.collect()
    assert not any(session() for session in held)


def test_those_of_a_fresh_call_are_released_with_it() -> None:
    session = Session("anna")
    held = weakref.ref(session)
    rust().crm.keep_session(session)
    del session
    gc.collect()
    assert held() is None


def test_a_trap_releases_them() -> None:
    session = Session("anna")
    held = weakref.ref(session)
    with rust().open() as instance:
        instance.crm.keep_session(session)
        del session
        with pytest.raises(atoll.GuestTrap):
            instance.bad.trap()
        gc.collect()
        assert held() is None


def test_an_error_in_a_constructor_or_method_ends_the_call_and_is_its_cause() -> None:
    class Broken(Directory):
        class Session(Session):
            def touch(self) -> int:
                raise ZeroDivisionError

    with pytest.raises(atoll.GuestTrap, match="touch") as raised:
        rust(Broken()).crm.visit("anna")
    assert isinstance(raised.value.__cause__, ZeroDivisionError)

    class Refusing(Directory):
        class Session(Session):
            def __init__(self, user: str) -> None:
                raise PermissionError(user)

    with pytest.raises(atoll.GuestTrap) as raised:
        rust(Refusing()).crm.visit("anna")
    assert isinstance(raised.value.__cause__, PermissionError)


def test_methods_run_on_the_thread_that_called() -> None:
    threads: set[threading.Thread] = set()

    class Threaded(Directory):
        class Session(Session):
            def touch(self) -> int:
                threads.add(threading.current_thread())
                return super().touch()

    rust(Threaded()).crm.visit("anna")
    assert threads == {threading.current_thread()}


def test_methods_can_be_awaited() -> None:
    class Awaited(Directory):
        class Session(Session):
            async def user(self) -> str:  # type: ignore[override]
                return f"{self.name}!"

    assert rust(Awaited()).crm.visit("anna") == "anna! 1, anna! 1"


@pytest.mark.parametrize(
    "wrong", [3, None, "anna", object(), Session], ids=["number", "none", "text", "object", "class"]
)
def test_what_is_none_is_refused_with_its_place(wrong: object) -> None:
    with rust().open() as instance:
        with pytest.raises(TypeError, match=r"^session"):
            instance.crm.with_session(wrong)
        with pytest.raises(TypeError, match=r"^session"):
            instance.crm.keep_session(wrong)
        assert instance.is_open


@pytest.mark.slow
def test_handles_do_not_run_out_while_they_are_given_back() -> None:
    with rust(limits=atoll.Limits(handles=50)).open() as instance:
        for _ in range(500):
            instance.crm.visit("anna")


def keep(instance: atoll.Instance, count: int) -> None:
    for number in range(count):
        instance.crm.keep_session(Session(f"{number}"))


def test_handles_that_are_kept_run_out() -> None:
    with rust(limits=atoll.Limits(handles=50)).open() as instance:
        keep(instance, 40)
        with pytest.raises(atoll.LimitExceeded) as raised:
            keep(instance, 40)
        assert raised.value.code == "limit-handles"
        assert "50 resources; `atoll.Limits(handles=…)` raises it" in str(raised.value)
