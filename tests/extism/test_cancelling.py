"""A call that another thread, its own host function or a signal cancels ends; the next one begins anew."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from atoll import extism
from atoll.extism import Error, ValType, host_fn
from tests.extism.test_hostile import HEAD, fetch, fetching, server
from tests.support import built

SPINS = """
(module
  (import "extism:host/user" "enter" (func $enter (param i64) (result i64)))
  (global $calls (mut i32) (i32.const 0))
  (func (export "spin") (drop (call $enter (i64.const 0))) (loop $again (br $again)))
  (func (export "enters") (drop (call $enter (i64.const 0))))
  (func (export "calls") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.get $calls)))
"""


def entering(enter: Callable[[], object]) -> extism.Plugin:
    """A plug-in whose calls of `spin` and `enters` say that they have begun."""

    @host_fn(name="enter", signature=([ValType.PTR], [ValType.PTR]))
    def entered(plugin: extism.CurrentPlugin, params: list[object], results: list[object]) -> None:
        enter()

    return extism.Plugin(SPINS, functions=[entered])


def times(plugin: extism.Plugin) -> int:
    """How often `calls` was called in the sandbox that the plug-in has now."""
    with pytest.raises(Error, match=r"^Error code: ") as raised:
        plugin.call("calls", "")
    return raised.value.code


def test_a_handle_that_is_taken_during_the_call_ends_it() -> None:
    entered = threading.Event()
    plugin = entering(entered.set)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(plugin.call, "spin", "")
        assert entered.wait(10)
        began = time.monotonic()
        assert plugin.cancel_handle().cancel()
        with pytest.raises(Error, match=r"^timeout$") as raised:
            call.result(10)
    assert raised.value.code == 134
    assert time.monotonic() - began < 1
    assert times(plugin) == 1


def test_a_handle_is_for_all_calls_that_come() -> None:
    entered = threading.Event()
    plugin = entering(entered.set)
    handle = plugin.cancel_handle()
    for _ in range(3):
        entered.clear()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(plugin.call, "spin", "")
            assert entered.wait(10)
            handle.cancel()
            with pytest.raises(Error, match=r"^timeout$"):
                call.result(10)


def test_where_nothing_runs_nothing_is_lost() -> None:
    plugin = entering(lambda: None)
    handle = plugin.cancel_handle()
    assert times(plugin) == 1
    assert handle.cancel()
    assert times(plugin) == 2


def test_a_host_function_can_cancel_the_call_that_it_is_asked_in() -> None:
    plugin: extism.Plugin = entering(lambda: plugin.cancel_handle().cancel())
    with pytest.raises(Error, match=r"^timeout$"):
        plugin.call("spin", "")
    assert times(plugin) == 1


def test_a_host_function_comes_to_its_end_and_the_sandbox_is_not_used_again() -> None:
    said: list[str] = []

    def enter() -> None:
        entered.set()
        time.sleep(0.2)
        said.append("returns")

    entered = threading.Event()
    plugin = entering(enter)
    assert times(plugin) == 1
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(plugin.call, "spin", "")
        assert entered.wait(10)
        plugin.cancel_handle().cancel()
        with pytest.raises(Error, match=r"^timeout$"):
            call.result(10)
    assert said == ["returns"]
    assert times(plugin) == 1


@pytest.mark.parametrize("moment", [0, 0.00005, 0.0002, 0.001])
def test_a_cancel_that_comes_as_the_call_begins_or_ends_is_no_other_call_s(moment: float) -> None:
    plugin = entering(lambda: None)
    handle = plugin.cancel_handle()
    for _ in range(20):
        cancelling = threading.Timer(moment, handle.cancel)
        cancelling.start()
        try:
            assert plugin.call("enters", "") == b""
        except Error as error:
            assert str(error) == "timeout"
        cancelling.join()
        assert 1 <= times(plugin) <= 20
    _wait_until_nobody_insists()


def _wait_until_nobody_insists() -> None:
    until = time.monotonic() + 5
    while insisting := [thread for thread in threading.enumerate() if thread.name == "atoll-cancel"]:
        assert time.monotonic() < until, insisting
        time.sleep(0.001)


def test_a_signal_s_handler_can_cancel_the_call_of_its_own_thread() -> None:
    plugin = entering(lambda: signal.setitimer(signal.ITIMER_REAL, 0.05))
    before = signal.signal(signal.SIGALRM, lambda *_: plugin.cancel_handle().cancel())
    try:
        with pytest.raises(Error, match=r"^timeout$"):
            plugin.call("spin", "")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert times(plugin) == 1


def test_an_exchange_over_http_is_cancelled_with_its_call() -> None:
    with server(HEAD + b"content-length: 1000000\r\n\r\n", b"a") as url:
        plugin = fetching()
        threading.Timer(0.1, plugin.cancel_handle().cancel).start()
        began = time.monotonic()
        with pytest.raises(Error, match=r"^timeout$"):
            fetch(plugin, url)
    assert time.monotonic() - began < 2


def test_calls_of_a_plug_in_with_a_handle_have_no_thread_of_their_own() -> None:
    plugin = extism.Plugin(str(built("extism-rust")), functions=None)
    plugin.cancel_handle()
    before = threading.active_count()
    assert plugin.call("echo", "text") == b"text"
    assert threading.active_count() == before
