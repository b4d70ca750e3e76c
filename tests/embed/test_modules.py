"""Core modules: numbers, bytes by address and length, memories, globals, host functions by name, other modules."""

import asyncio
from typing import Any

import pytest

import atoll
from atoll.errors import Problems, UserError
from tests.support import built


class Env:
    """What the guest `core-module` imports."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def host_add(self, a: int, b: int) -> int:
        return a + b

    def host_log(self, caller: Any, address: int, length: int) -> None:
        self.lines.append(caller.text(address, length))


@pytest.fixture
def env() -> Env:
    return Env()


@pytest.fixture
def module(env: Env) -> atoll.Plugin:
    return atoll.load(built("core-module"), imports={"env": env})


def test_functions_take_and_give_numbers(module: atoll.Plugin) -> None:
    assert module.add(1, 2) == 3
    assert module.mix(1, 2, 0.5, 0.25) == 3.75


def test_an_integer_may_be_meant_with_a_sign_or_without(module: atoll.Plugin) -> None:
    assert module.add(0xFFFF_FFFF, 1) == 0
    assert module.add(-1, 0) == -1
    assert module.add(0x8000_0000, 0) == -(1 << 31)


@pytest.mark.parametrize("number", [1 << 32, -(1 << 31) - 1, 1 << 70, 1.5, None])
def test_what_does_not_fit_is_a_type_error_and_ends_nothing(module: atoll.Plugin, number: object) -> None:
    with module.open() as instance, pytest.raises((TypeError, OverflowError, atoll.GuestTrap)):
        instance.add(number, 1)
    assert module.add(1, 1) == 2


def test_the_number_of_arguments_is_checked(module: atoll.Plugin) -> None:
    with pytest.raises(TypeError, match=r"add\(\) takes 2 numbers \(bytes are two\) but 3 were given"):
        module.add(1, b"x")
    with pytest.raises(TypeError, match=r"add\(\) takes no keyword arguments"):
        module.add(a=1, b=2)


def test_bytes_go_in_by_address_and_length(module: atoll.Plugin) -> None:
    packed = module.shout(b"abc")
    assert packed & 0xFFFF_FFFF == 3


@pytest.mark.parametrize("text", [b"hello", b"", b"x" * 1_000_000, bytearray(b"abc"), memoryview(b"abc"), "text"])
def test_bytes_come_back_from_where_the_result_says(module: atoll.Plugin, text: Any) -> None:
    plain = text.encode() if isinstance(text, str) else bytes(text)
    assert module.bytes.shout(text) == plain.upper()


def test_without_a_result_the_bytes_come_back_as_they_were_left(module: atoll.Plugin) -> None:
    assert module.bytes.reverse(b"hello") == b"olleh"


def test_a_result_that_is_no_place_is_refused(module: atoll.Plugin) -> None:
    with pytest.raises(atoll.GuestTrap, match="`add` returns no bytes"):
        module.bytes.add(1, 2)


def test_a_fresh_sandbox_has_the_globals_first_value_and_a_kept_one_its_last(module: atoll.Plugin) -> None:
    assert [module.bump(), module.bump()] == [1, 1]
    with module.open() as instance:
        assert [instance.bump(), instance.bump()] == [1, 2]
        assert instance.counter.value == 2
        instance.counter.value = 40
        assert instance.bump() == 41


def test_a_memory_is_read_and_written(module: atoll.Plugin) -> None:
    with module.open() as instance:
        place = instance.alloc(5)
        instance.memory[place : place + 5] = b"world"
        instance.reverse(place, 5)
        assert instance.memory.read(place, 5) == b"dlrow"
        assert instance.memory[place] == ord("d")
        assert instance.memory[place : place + 5 : 2] == b"dlw"[:1] + b"r" + b"w"
        instance.memory[place] = ord("D")
        assert instance.memory.read(place, 1) == b"D"


def test_a_memory_grows_by_pages(module: atoll.Plugin) -> None:
    with module.open() as instance:
        before = len(instance.memory)
        assert instance.memory.grow(2) == before >> 16
        assert len(instance.memory) == before + (2 << 16)


@pytest.mark.parametrize(("address", "length"), [(1 << 30, 1), (-1, 1), (0, 1 << 40), (0, -1)])
def test_beyond_a_memory_there_is_nothing(module: atoll.Plugin, address: int, length: int) -> None:
    with module.open() as instance:
        with pytest.raises(IndexError):
            instance.memory.read(address, length)
        assert instance.add(1, 1) == 2


def test_a_memory_grows_no_further_than_its_limit() -> None:
    module = atoll.load(built("core-module"), imports={"env": Env()}, limits=atoll.Limits(memory="1MiB"))
    with module.open() as instance, pytest.raises(atoll.CallFailed, match="memory"):
        instance.memory.grow(100)


def test_host_functions_are_found_by_name(module: atoll.Plugin) -> None:
    assert module.call_add(3, 4) == 7


def test_a_host_function_is_told_who_calls(module: atoll.Plugin, env: Env) -> None:
    module.call_log(b"over there")
    assert env.lines == ["over there"]


def test_host_functions_may_be_a_mapping() -> None:
    module = atoll.load(built("core-module"), imports={"env": {"host_add": int.__mul__, "host_log": lambda *_: None}})
    assert module.call_add(3, 4) == 12


CALLS_BACK = b"""(module
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (func (export "inc") (param i32) (result i32) local.get 0 i32.const 1 i32.add)
  (func (export "go") (param i32) (result i32) local.get 0 call $twice))"""


def twice(caller: Any, number: int) -> int:
    result: int = caller.call("inc", caller.call("inc", number))
    return result


def test_a_host_function_calls_its_caller() -> None:
    assert atoll.load(CALLS_BACK, imports={"env": {"twice": twice}}).go(5) == 7


def test_a_host_function_calls_its_caller_from_a_coroutine_too() -> None:
    module = atoll.load(CALLS_BACK, imports={"env": {"twice": twice}})

    async def main() -> int:
        result: int = await module.aio.go(5)
        return result

    assert asyncio.run(main()) == 7


def test_a_caller_is_gone_once_its_call_has_ended() -> None:
    kept: list[Any] = []

    def keep(caller: Any, number: int) -> int:
        kept.append(caller)
        return number

    module = atoll.load(CALLS_BACK, imports={"env": {"twice": keep}})
    module.go(1)
    with pytest.raises(RuntimeError, match="the host function has ended"):
        kept[0].call("inc", 1)


def test_a_module_imports_from_another() -> None:
    module = atoll.load(
        b'(module (import "lib" "f" (func $f (result i32))) (func (export "g") (result i32) call $f))',
        modules={"lib": b'(module (func (export "f") (result i32) i32.const 9))'},
    )
    assert module.g() == 9
    with module.open() as instance:
        assert instance.g() == 9


def test_what_nobody_provides_is_named_all_at_once() -> None:
    with pytest.raises(Problems) as raised:
        atoll.load(built("core-module"))
    messages = [problem.message for problem in raised.value.problems]
    assert ["`host_add`" in messages[0], "`host_log`" in messages[1], len(messages)] == [True, True, 2]
    assert all(problem.code == "guest-import-unknown" for problem in raised.value.problems)


def test_a_host_function_that_does_not_fit_is_refused_at_the_start() -> None:
    with pytest.raises(UserError, match=r"`host_add\(p0, p1\)` cannot be called as"):
        atoll.load(built("core-module"), imports={"env": {"host_add": lambda a: a, "host_log": lambda a, b: None}})


def test_a_reactor_is_initialized_before_its_first_call() -> None:
    reactor = atoll.load(built("core-reactor"), grants=atoll.Grants(env={"GREETING": "Hi"}))
    assert reactor.bytes.greet("you") == b"Hi, you!"
    assert atoll.load(built("core-reactor")).bytes.greet("you") != b"Hi, you!"


def test_a_reactor_prints_to_its_log(caplog: pytest.LogCaptureFixture) -> None:
    reactor = atoll.load(built("core-reactor"), name="reactor", grants=atoll.Grants(log=True))
    with caplog.at_level("INFO", "atoll.guest.reactor"):
        reactor.say(b"printed")
    assert [record.message for record in caplog.records] == ["printed"]


def test_many_results_are_a_tuple() -> None:
    module = atoll.load(b'(module (func (export "two") (result i32 f64) i32.const 1 f64.const 2.5))')
    assert module.two() == (1, 2.5)
