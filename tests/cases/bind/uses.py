"""Uses generated packages as they are meant: mypy finds nothing, and it runs."""

import asyncio
from collections.abc import AsyncIterator
from typing import assert_never, assert_type

import core_module
import rust_plugin
import rust_plugin_async
from rust_plugin.counters import Counter, Counters
from rust_plugin.directory import Directory, Entry, LookupErrorDenied, LookupErrorNotFound
from rust_plugin.values import Person, Rights, Role, Shape, ShapeCircle, ShapeEmpty, ShapeRect, Size

import atoll
from atoll.capabilities.custom import Err, GuestFuture, GuestStream, Ok, Some


class Talk:
    """An object of the host's, which fits its Protocol by its methods alone."""

    def __init__(self, user: str) -> None:
        self.name = user

    def user(self) -> str:
        """As the WIT has it."""
        return self.name

    async def touch(self) -> int:
        """A method may be asynchronous."""
        return 1


class Phonebook:
    """A host that knows nothing of the Protocol; parameters have names of its own."""

    Session = Talk

    def lookup(self, who: str) -> Entry:
        """Gives the package's own record, and raises its errors."""
        if who == "anna":
            return Entry("Anna", "1234")
        raise atoll.GuestError(LookupErrorDenied("not yours") if who == "secret" else LookupErrorNotFound())

    def log_it(self, line: str) -> None:
        """Hears."""

    async def apply(self, n: int) -> int:
        """Counts."""
        return n + 1

    def open_session(self, user: str) -> Talk:
        """Opens."""
        return Talk(user)


class Derived(Directory):
    """One that is derived from it."""

    Session = Talk

    def lookup(self, name: str, /) -> Entry:
        """Knows everybody."""
        return Entry(name, None)

    def log_it(self, line: str, /) -> None:
        """Hears."""

    def apply(self, n: int, /) -> int:
        """Counts by two."""
        return n + 2

    def open_session(self, user: str, /) -> Talk:
        """Opens."""
        return Talk(user)


class Shop:
    """Answers `acme:later/host`."""

    async def fetch(self, key: str) -> str:
        """Gives it back."""
        return f"{key}!"

    async def wait(self, ms: int) -> None:
        """Waits."""

    def plain(self, n: int) -> int:
        """Counts."""
        return n + 1


class Env:
    """Answers `env` of the core module."""

    def host_add(self, a: int, b: int) -> int:
        """Adds."""
        return a + b

    def host_log(self, caller: object, address: int, length: int) -> None:
        """Is told who calls."""


def area(shape: Shape) -> float:
    """All cases are there, or mypy would say so."""
    match shape:
        case ShapeCircle(radius):
            return 3 * radius * radius
        case ShapeRect(size):
            return size.width * size.height
        case ShapeEmpty():
            return 0
        case _:
            assert_never(shape)


def values(plugin: rust_plugin.World) -> None:
    """Values of all types, in a plugin or an instance."""
    echo, person = plugin.values, Person("anna", 44, None, ["x"], Role.SITE_ADMIN)
    assert assert_type(plugin.add(1, b=2), int) == 3
    assert assert_type(plugin.greet(), str) == plugin.greet(None)
    assert assert_type(echo.echo_person(person), Person) == person
    assert assert_type(echo.echo_role(Role.READER), Role) is Role.READER
    assert assert_type(echo.echo_rights(Rights.CAN_READ | Rights.CAN_WRITE), Rights) == Rights(3)
    assert assert_type(echo.echo_bytes(bytearray(b"a")), bytes) == b"a"
    assert assert_type(echo.echo_strings(text for text in "ab"), list[str]) == ["a", "b"]
    assert assert_type(echo.echo_nested_option(Some(None)), Some[int | None] | None) == Some(None)
    assert assert_type(echo.echo_result(Ok(1)), int) == 1
    assert echo.echo_result_in_tuple(("a", Err("b"))) == ("a", Err("b"))
    assert echo.echo_people([(person, ShapeEmpty()), (person, None)]) == [(person, ShapeEmpty()), (person, None)]
    assert area(echo.echo_shape(ShapeRect(Size(2, 3)))) == 6


def resources(counters: Counters) -> None:
    """Those of one instance."""
    with counters.Counter(start=5) as counter, counters.Counter.clone_of(counter) as other:
        assert_type(counter, Counter)
        assert_type(other, Counter)
        assert isinstance(counter, Counter) and isinstance(other, Counter)
        assert counter.increment(2) == 7
        assert counters.sum([counter, other]) == 12


async def awaited(plugin: rust_plugin.Plugin) -> None:
    """The same, awaited."""
    assert assert_type(await plugin.aio.add(1, 2), int) == 3
    assert await plugin.aio.crm.fold(3) == 3
    with plugin.open() as instance:
        counter = await instance.aio.counters.Counter(1)
        assert_type(counter, Counter)
        assert assert_type(await counter.aio.increment(1), int) == 2


async def later(plugin: rust_plugin_async.Plugin) -> None:
    """Streams and futures."""

    async def portions() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"de"

    async def four() -> int:
        return 4

    with plugin.open() as instance:
        jobs = instance.aio.jobs
        assert await jobs.lookup("a") == "a!"
        assert await jobs.total(portions()) == 5
        assert [number async for number in assert_type(await jobs.numbers(3), GuestStream[int])] == [1, 2, 3]
        assert await assert_type(await jobs.double(four()), GuestFuture[int]) == 8


def module(plugin: core_module.Plugin) -> None:
    """A core module: numbers, bytes, memory."""
    assert assert_type(plugin.add(1, 2), int) == 3
    assert assert_type(plugin.mix(1, 2, 0.5, 0.25), float) == 3.75
    assert assert_type(plugin.bytes.shout(b"abc"), bytes) == b"ABC"
    assert plugin.bytes.reverse("abc") == b"cba"
    with plugin.open() as instance:
        assert instance.bump() == 1
        assert instance.counter.value == 1
        instance.memory.write(1024, b"xyz")
        assert instance.memory.read(1024, 3) == b"xyz"


def main() -> None:
    """All of it."""
    plugin = rust_plugin.load(
        imports={"acme:plugin/directory": Phonebook()}, limits=atoll.Limits(time=30), grants=atoll.Grants(log=True)
    )
    values(plugin)
    with plugin.open() as instance:
        values(instance)
        resources(instance.counters)
        assert instance.crm.visit("bo")
    assert "1234" in plugin.crm.find("anna")
    assert rust_plugin.load(imports={"acme:plugin/directory": Derived()}, name="other").crm.fold(2) == 4
    asyncio.run(awaited(plugin))
    asyncio.run(later(rust_plugin_async.load(imports={"acme:later/host": Shop()})))
    module(core_module.load(imports={"env": Env()}))
    module(core_module.load(imports={"env": {"host_add": lambda a, b: a + b, "host_log": print}}))
