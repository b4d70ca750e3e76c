"""Functions of Python that a guest calls: where they run, what they see, what becomes of what they raise."""

import asyncio
import traceback
from typing import Any

import pytest

import atoll
from atoll.capabilities.custom import WitError
from tests.embed import wat
from tests.embed.plugins import Applying, Awaiting, Directory, rust


def test_a_guest_calls_its_host_in_order() -> None:
    directory = Directory()
    crm = rust(directory).crm
    assert crm.find("anna") == "Anna: 1234"
    assert directory.log == ["looking for anna"]
    assert crm.fold(100) == 100
    assert crm.fold(0) == 0


@pytest.mark.parametrize(
    "name, payload", [("ben", "there is no ben"), ("secret", "denied: not yours")], ids=["not-found", "denied"]
)
def test_an_error_of_the_result_is_what_the_guest_gets(name: str, payload: str) -> None:
    with pytest.raises(atoll.GuestError) as raised:
        rust().crm.find(name)
    assert raised.value.payload == payload


@pytest.mark.parametrize(
    "error", [atoll.GuestError("not-found"), WitError("not-found"), type("Own", (WitError,), {})("not-found")]
)
def test_either_class_of_error_will_do(error: WitError) -> None:
    class Refusing(Directory):
        def lookup(self, name: str) -> dict[str, object]:
            raise error

    with pytest.raises(atoll.GuestError, match="there is no anna"):
        rust(Refusing()).crm.find("anna")


async def failing(n: int) -> int:
    await asyncio.sleep(0)
    return fail(n)


def fail(n: int) -> int:
    raise ValueError(f"number {n}")


@pytest.mark.parametrize("host", [Applying(fail), Awaiting(failing)], ids=["def", "async-def"])
def test_an_exception_is_a_trap_with_its_traceback_as_the_cause(host: Directory) -> None:
    with pytest.raises(atoll.GuestTrap) as raised:
        rust(host).crm.call_apply(7)
    error = raised.value
    assert error.code == "guest-trapped"
    assert "`apply` failed" in error.message
    assert "ValueError" in error.message
    assert error.stack
    assert isinstance(error.__cause__, ValueError)
    assert str(error.__cause__) == "number 7"
    assert "fail" in [frame.name for frame in traceback.extract_tb(error.__cause__.__traceback__)]


@pytest.mark.parametrize("host", [Applying(fail), Awaiting(failing)], ids=["def", "async-def"])
def test_the_same_where_the_call_is_awaited(host: Directory) -> None:
    plugin = rust(host)

    async def call() -> None:
        await plugin.aio.crm.call_apply(7)

    with pytest.raises(atoll.GuestTrap) as raised:
        asyncio.run(call())
    assert isinstance(raised.value.__cause__, ValueError)
    assert "fail" in [frame.name for frame in traceback.extract_tb(raised.value.__cause__.__traceback__)]


def test_an_error_where_the_function_has_no_result_is_a_trap() -> None:
    def apply(n: int) -> int:
        raise atoll.GuestError("no")

    with pytest.raises(atoll.GuestTrap) as raised:
        rust(Applying(apply)).crm.call_apply(1)
    assert isinstance(raised.value.__cause__, atoll.GuestError)


@pytest.mark.parametrize("given", ["x", None, -1, 1 << 32, 1.5, [1]], ids=repr)
def test_a_value_of_another_type_is_a_trap_that_names_it(given: Any) -> None:
    with pytest.raises(atoll.GuestTrap, match="`apply` failed") as raised:
        rust(Applying(lambda n: given)).crm.call_apply(1)
    assert isinstance(raised.value.__cause__, TypeError | OverflowError)
    assert str(raised.value.__cause__).startswith("the result: ")


@pytest.mark.parametrize(
    "entry, place",
    [
        ({"name": 3, "phone": None}, "the result.name: "),
        ({"name": "a", "phone": 3}, "the result.phone: "),
        ({"phone": None}, "the result: "),
        (3, "the result: "),
    ],
    ids=repr,
)
def test_the_part_of_a_value_that_does_not_fit_is_named(entry: object, place: str) -> None:
    class Wrong(Directory):
        def lookup(self, name: str) -> Any:
            return entry

    with pytest.raises(atoll.GuestTrap) as raised:
        rust(Wrong()).crm.find("anna")
    assert str(raised.value.__cause__).startswith(place)


@pytest.mark.parametrize("payload", ["nope", None, {"denied": 3}], ids=repr)
def test_a_payload_that_does_not_fit_is_named(payload: object) -> None:
    class Wrong(Directory):
        def lookup(self, name: str) -> dict[str, object]:
            raise atoll.GuestError(payload)

    with pytest.raises(atoll.GuestTrap) as raised:
        rust(Wrong()).crm.find("anna")
    assert str(raised.value.__cause__).startswith("the error's payload")


def test_what_a_function_without_a_result_gives_is_not_looked_at() -> None:
    class Chatty(Directory):
        def log_it(self, line: str) -> Any:
            return object()

    assert rust(Chatty()).crm.find("anna") == "Anna: 1234"


def test_functions_of_small_components_are_called_as_well() -> None:
    rung: list[int] = []

    class Bell:
        def ring(self) -> None:
            rung.append(1)

    plugin = atoll.load(wat.ringing("(call $ring) (call $ring)"), imports={wat.BELL: Bell()})
    plugin.run()
    assert len(rung) == 3
    plugin.nop()
    assert len(rung) == 3
