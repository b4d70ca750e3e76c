"""Interfaces that the host itself provides can be answered by an object of Python's in its place."""

from datetime import UTC, datetime
from typing import Any

import pytest

import atoll
from atoll.errors import UserError
from tests.embed.doors import Function, passing
from tests.embed.plugins import Directory
from tests.support import built

DATETIME = {"datetime": '(record (field "seconds" u64) (field "nanoseconds" u32))'}
WALL_CLOCK = passing(
    "wasi:clocks/wall-clock@0.2.0",
    DATETIME,
    {"now": Function("(result $datetime)"), "resolution": Function("(result $datetime)")},
)
SYSTEM_CLOCK = passing(
    "wasi:clocks/system-clock@0.3.0",
    {"instant": '(record (field "seconds" s64) (field "nanoseconds" u32))'},
    {"now": Function("(result $instant)")},
)
RANDOM = passing(
    "wasi:random/random@0.2.3",
    {},
    {"get-random-bytes": Function('(param "len" u64) (result (list u8))', "i64")},
)
ENVIRONMENT = passing(
    "wasi:cli/environment@0.2.0", {}, {"get-environment": Function("(result (list (tuple string string)))")}
)


class Clock:
    """Stands still."""

    def now(self) -> dict[str, int]:
        return {"seconds": 7, "nanoseconds": 9}

    def resolution(self) -> dict[str, int]:
        return {"seconds": 1, "nanoseconds": 0}


class Random:
    """Writes down what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def get_random_bytes(self, length: int) -> bytes:
        self.asked.append(length)
        return bytes(range(length))


@pytest.mark.parametrize("name", ["wasi:clocks/wall-clock", "wasi:clocks/wall-clock@0.2.0"])
def test_a_clock_is_an_object_with_methods_as_wit_has_them(name: str) -> None:
    plugin = atoll.load(WALL_CLOCK, imports={name: Clock()})
    assert (plugin.now().seconds, plugin.now().nanoseconds) == (7, 9)
    assert plugin.resolution().seconds == 1


def test_the_host_s_own_answers_where_nobody_else_does() -> None:
    for plugin in (atoll.load(WALL_CLOCK), atoll.load(WALL_CLOCK, imports={"wasi:random/random": Random()})):
        assert abs(plugin.now().seconds - datetime.now(UTC).timestamp()) < 60


def test_another_version_is_answered_by_the_host() -> None:
    plugin = atoll.load(WALL_CLOCK, imports={"wasi:clocks/wall-clock@0.2.3": Clock()})
    assert plugin.now().seconds > 7


def test_the_clock_of_another_generation_is_another_interface() -> None:
    assert atoll.load(SYSTEM_CLOCK, imports={"wasi:clocks/system-clock": Clock()}).now().seconds == 7


def test_arguments_and_results_are_python_s_own() -> None:
    random = Random()
    plugin = atoll.load(RANDOM, imports={"wasi:random/random": random})
    assert plugin.get_random_bytes(4) == b"\0\1\2\3"
    assert random.asked == [4]


def test_what_the_environment_is_can_be_said_by_an_object() -> None:
    class Environment:
        def get_environment(self) -> list[tuple[str, str]]:
            return [("A", "1")]

    assert atoll.load(ENVIRONMENT, imports={"wasi:cli/environment": Environment()}).get_environment() == [("A", "1")]


def test_what_one_plugin_is_answered_another_is_not() -> None:
    one, other = atoll.load(WALL_CLOCK, imports={"wasi:clocks/wall-clock": Clock()}), atoll.load(WALL_CLOCK)
    assert one.now().seconds == 7 < other.now().seconds
    with one.open() as kept:
        assert kept.now().seconds == 7


def test_methods_that_are_missing_are_said() -> None:
    class Half:
        def now(self) -> int:
            return 1

    with pytest.raises(UserError) as raised:
        atoll.load(WALL_CLOCK, imports={"wasi:clocks/wall-clock": Half()})
    assert raised.value.code == "import-mismatched"
    assert "`resolution()` has no `resolution` in the object of `Half`" in raised.value.message


def test_what_does_not_fit_ends_the_call_with_its_place() -> None:
    class Wrong(Clock):
        def now(self) -> Any:
            return {"seconds": -1, "nanoseconds": 0}

    with pytest.raises(atoll.GuestTrap) as raised:
        atoll.load(WALL_CLOCK, imports={"wasi:clocks/wall-clock": Wrong()}).now()
    assert "seconds" in str(raised.value.__cause__)


class Anything:
    """Has a method of each name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_: None


class Ticking:
    """A clock whose other half is of an interface that it does not answer."""

    def subscribe_instant(self, when: int) -> object:
        return object()

    subscribe_duration = subscribe_instant


@pytest.mark.parametrize(
    "name, host, words",
    [
        ("wasi:clocks/monotonic-clock", Ticking(), "`pollable` has the wrong type: mismatched resource types"),
        ("wasi:cli/stdout", Anything(), "`output-stream` has the wrong type: mismatched resource types"),
        ("wasi:cli/stdin", Anything(), "`input-stream` has the wrong type: mismatched resource types"),
        ("wasi:io/error", Anything(), "resource type mismatch"),
    ],
)
def test_resources_that_the_host_shares_among_interfaces_are_refused_when_it_is_loaded(
    name: str, host: object, words: str
) -> None:
    with pytest.raises(UserError) as raised:
        atoll.load(built("rust-plugin"), imports={name: host, "acme:plugin/directory": Directory()})
    assert raised.value.code == "guest-import-unknown"
    assert words in raised.value.message


def test_a_guest_of_rust_seeds_its_maps_from_an_object() -> None:
    class Seed:
        asked = 0

        def insecure_seed(self) -> tuple[int, int]:
            self.asked += 1
            return 1, 2

    seed = Seed()
    imports = {"acme:plugin/directory": Directory(), "wasi:random/insecure-seed": seed}
    with atoll.load(built("rust-plugin"), imports=imports).open() as instance:
        instance.state.remember("a", "1")
    assert seed.asked == 1
