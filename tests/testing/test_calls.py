"""The record of host calls: who is recorded under which name, and what an assertion that fails says."""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

import atoll
from atoll.testing import HostCalls, load_plugin
from atoll.testing.recording import recorded_import, recorded_provider
from tests.embed.plugins import Directory, Session, Shop
from tests.support import built

DIRECTORY = "acme:plugin/directory"
RESOURCE = ("session", "session.user", "session.touch", "open-session")


def recorded(host: object, interface: str = DIRECTORY) -> tuple[Any, HostCalls]:
    calls = HostCalls()
    return recorded_import(host, calls, interface), calls


def test_calls_of_imports_are_recorded_in_order() -> None:
    directory = Directory()
    with load_plugin(built("rust-plugin"), imports={DIRECTORY: directory}) as plugin:
        assert plugin.crm.visit("anna") == "anna 1, anna 1"
        calls = plugin.calls
    assert set(calls.names) <= {f"{DIRECTORY}.{name}" for name in RESOURCE}
    assert [call.arguments for call in calls(f"{DIRECTORY}.session")] == [("anna",)]
    assert all(call.has_ended for call in calls)
    assert isinstance(calls("directory.session")[0].result, Session)


def test_a_name_can_be_short_or_written_as_in_python() -> None:
    host, calls = recorded(Directory(), f"{DIRECTORY}@1.2.0")
    host.log_it("hello")
    host.lookup("anna")
    for name in (f"{DIRECTORY}@1.2.0.log-it", f"{DIRECTORY}.log-it", "directory.log-it", "directory.log_it"):
        [call] = calls(name)
        assert call.arguments == ("hello",)
    assert len(calls("directory")) == 2
    assert calls.names == [f"{DIRECTORY}@1.2.0.log-it", f"{DIRECTORY}@1.2.0.lookup"]


def test_a_name_that_nothing_can_have_is_an_error() -> None:
    _, calls = recorded(Directory())
    with pytest.raises(LookupError, match=r"did you mean `acme:plugin/directory\.lookup`"):
        calls("acme:plugin/directory.look")
    with pytest.raises(LookupError, match=r"there are .*session\.touch"):
        calls("wasi:keyvalue/store")
    with pytest.raises(LookupError, match="no imports were given"):
        HostCalls()("anything")


def test_the_text_of_calls_says_what_happened() -> None:
    host, calls = recorded(Directory())
    assert repr(calls) == "<no host calls>"
    host.log_it("hello")
    with pytest.raises(atoll.GuestError):
        host.lookup("nobody")
    assert str(calls[0]) == "acme:plugin/directory.log-it('hello') -> None"
    assert str(calls[1]) == "acme:plugin/directory.lookup('nobody') raised GuestError('not-found')"
    assert repr(calls("directory.apply")) == "<no call of directory.apply among 2 host calls>"
    assert repr(calls("directory.log-it")) == "[acme:plugin/directory.log-it('hello') -> None]"
    assert not calls("directory.apply")
    calls.clear()
    assert calls.names == []


def test_long_values_are_shortened() -> None:
    host, calls = recorded(Directory())
    host.log_it(b"x" * 100_000)
    host.log_it("y" * 100_000)
    assert len(str(calls[0])) < 200
    assert "(100000 bytes)" in str(calls[0])
    assert len(str(calls[1])) < 200


def test_a_call_that_runs_has_not_ended() -> None:
    calls = HostCalls()
    host = recorded_import({"wait": lambda: str(calls[0])}, calls, "env")
    assert host["wait"]() == "env.wait(), which has not ended"


def test_awaited_functions_are_recorded_when_they_end() -> None:
    async def ask(plugin: atoll.Plugin) -> list[str]:
        return [*await plugin.aio.jobs.both("a", "no b")]

    with load_plugin(built("rust-plugin-async"), imports={"acme:later/host": Shop()}) as plugin:
        assert asyncio.run(ask(plugin)) == ["a!", "there is no b"]
        assert sorted(map(str, plugin.calls("host.fetch"))) == [
            "acme:later/host.fetch('a') -> 'a!'",
            "acme:later/host.fetch('no b') raised GuestError('there is no b')",
        ]


def test_one_that_is_cancelled_says_so() -> None:
    host, calls = recorded(Shop())

    async def cancel() -> None:
        task = asyncio.ensure_future(host.wait(60_000))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel())
    assert isinstance(calls[0].error, asyncio.CancelledError)


def test_resources_stay_classes() -> None:
    host, calls = recorded(Directory())
    session: Any = host.Session("anna")
    assert type(session) is Session
    assert host.Session.touch(session) == 1
    assert isinstance(session, host.Session)
    assert not isinstance("anna", host.Session)
    assert isinstance(host.Session, type)
    assert calls.names == [f"{DIRECTORY}.session", f"{DIRECTORY}.session.touch"]


def test_the_check_of_an_object_against_its_interface_is_as_strict_as_without() -> None:
    class Wrong(Directory):
        def lookup(self) -> None:  # type: ignore[override]
            return None

    with (
        pytest.raises(atoll.errors.UserError, match="lookup") as raised,
        load_plugin(built("rust-plugin"), imports={DIRECTORY: Wrong()}),
    ):
        pass
    assert raised.value.code == "import-mismatched"


def test_mocks_of_the_standard_library_can_be_hosts() -> None:
    host, calls = recorded(Mock(lookup=Mock(return_value=3), fetch=AsyncMock(return_value=4)))
    assert host.lookup("a") == 3
    assert asyncio.run(host.fetch("b")) == 4
    assert host.anything("c") is not None
    assert [call.arguments for call in calls] == [("a",), ("b",), ("c",)]
    assert len(calls("directory.anything")) == 1


def test_functions_and_tables_of_functions_can_be_hosts() -> None:
    host, calls = recorded(functools.partial(max, 3), "biggest")
    assert host(5) == 5
    assert calls("biggest")[0].arguments == (5,)
    assert calls.names == ["biggest"]

    class Adding:
        def __call__(self, one: int, other: int) -> int:
            return one + other

    host, calls = recorded(Adding(), "add")
    assert host(1, 2) == 3
    assert str(calls[0]) == "add(1, 2) -> 3"


def test_a_core_module_s_functions_are_recorded_without_the_caller() -> None:
    said = []
    imports = {"env": {"host_log": lambda caller, at, length: said.append(caller.text(at, length))}}
    text = """(module (import "env" "host_log" (func $log (param i32 i32))) (memory (export "memory") 1)
        (data (i32.const 8) "hello") (func (export "greet") (call $log (i32.const 8) (i32.const 5))))"""
    with load_plugin(text.encode(), imports=imports) as plugin:
        plugin.greet()
        assert [call.arguments for call in plugin.calls("env.host_log")] == [(8, 5)]
    assert said == ["hello"]


def test_properties_are_left_alone() -> None:
    class Careful(Directory):
        @property
        def costly(self) -> object:
            raise AssertionError("asked")

    host, _ = recorded(Careful())
    assert "costly" in dir(host)
    with pytest.raises(AssertionError):
        host.costly  # noqa: B018


def test_calls_of_several_threads_are_all_recorded() -> None:
    with (
        load_plugin(built("rust-plugin"), imports={DIRECTORY: Directory()}) as plugin,
        ThreadPoolExecutor(4) as threads,
    ):
        assert [*threads.map(plugin.crm.call_apply, range(200))] == [*range(1, 201)]
        asked = sorted((call.arguments[0], call.result) for call in plugin.calls("directory.apply"))
    assert asked == [(n, n + 1) for n in range(200)]


def test_a_provider_is_recorded_with_its_label() -> None:
    calls = HostCalls()
    host = recorded_provider(Mock(), calls, "key_value", "cache")
    host.get("a")
    assert calls[0].label == "cache"
    assert str(calls[0]).startswith("key_value['cache'].get('a') ->")
