"""A hook calls all plugins that export it, in order, and says what each of them did."""

import asyncio
import threading
import time
from typing import Any

import pytest

import atoll
from atoll.embed.plugins import Hook
from tests.embed.loops import run
from tests.plugins import wat
from tests.plugins.folders import PluginFolder


class Call:
    """A hook's three ways to be called, as a caller waits for them or awaits them."""

    def __init__(self, way: str) -> None:
        self.way = way

    def __call__(self, hook: Hook, kind: str, *arguments: Any) -> Any:
        if self.way == "waited":
            return getattr(hook, kind)(*arguments)
        return run(lambda: getattr(hook.aio, kind)(*arguments))


@pytest.fixture(params=["waited", "awaited"])
def call(request: pytest.FixtureRequest) -> Call:
    return Call(request.param)


ALL = "__call__"


def test_all_that_export_it_are_called_in_order(folder: PluginFolder, call: Call) -> None:
    for digit, name in enumerate(("c", "b", "a"), start=1):
        folder.put(name, wat.appending(digit))
    folder.put("other", wat.numbered(1))
    folder.settings("a", "order = 1")
    hook = folder.load().hook("on-save")
    assert hook.plugins == ("b", "c", "a")
    results = call(hook, ALL, 5)
    assert [(one.plugin, one.value) for one in results] == [("b", 52), ("c", 51), ("a", 53)]
    assert (results.values, results.errors, results.left) == ({"b": 52, "c": 51, "a": 53}, {}, ())
    assert all(one.seconds > 0 for one in results)
    assert results[0].plugin == "b"
    assert [one.plugin for one in results[1:]] == ["c", "a"]
    assert len(results) == 3


def test_nobody_has_to_export_it(folder: PluginFolder, call: Call) -> None:
    folder.put("other", wat.numbered(1))
    hook = folder.load().hook("on-save")
    assert hook.plugins == ()
    assert len(call(hook, ALL, 1)) == 0
    assert call(hook, "first", 1).value is None
    assert call(hook, "pipeline", 1).value == 1


@pytest.mark.parametrize("name", ["events/on-save", "events/on_save", "acme:docs/events/on-save"])
def test_it_may_be_one_of_an_interface(name: str, folder: PluginFolder, call: Call) -> None:
    folder.put("one", wat.within(4, "acme:docs/events@1.0.0").replace('"number"', '"on-save"'))
    folder.put("world", wat.numbered(1, "on-save"))
    hook = folder.load().hook(name)
    assert call(hook, ALL).values == {"one": 4}


def test_the_first_answer_is_enough(folder: PluginFolder, call: Call) -> None:
    folder.put("a", wat.answering(None))
    folder.put("b", wat.answering(7))
    folder.put("c", wat.answering(8))
    results = call(folder.load().hook("on-save"), "first", 1)
    assert results.value == 7
    assert [(one.plugin, one.value) for one in results] == [("a", None), ("b", 7)]
    assert results.left == ("c",)


def test_each_gets_what_the_one_before_gave(folder: PluginFolder, call: Call) -> None:
    for digit, name in enumerate(("a", "b", "c"), start=1):
        folder.put(name, wat.appending(digit))
    results = call(folder.load().hook("on-save"), "pipeline", 9)
    assert results.value == 9123
    assert [one.value for one in results] == [91, 912, 9123]


FAILURES = {
    "an error": (wat.failing(7), atoll.GuestError),
    "a crash": (wat.trapping(), atoll.GuestTrap),
    "other parameters": (wat.numbered(1, "on-save"), TypeError),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("kind", [ALL, "pipeline", "first"])
def test_an_error_is_raised_and_says_whose_it_is(failure: str, kind: str, folder: PluginFolder, call: Call) -> None:
    content, error = FAILURES[failure]
    folder.put("a", wat.answering(None) if kind == "first" else wat.appending(1))
    folder.put("b", content)
    folder.put("c", wat.appending(3))
    plugins = folder.load()
    with pytest.raises(error) as raised:
        call(plugins.hook("on-save"), kind, 1)
    assert raised.value.__notes__[-1] == "raised by plugin `b` in hook `on-save`"
    assert [plugins.metrics()[name]["calls"] for name in "abc"] == [1, 1, 0]


@pytest.mark.parametrize("failure", FAILURES)
def test_an_error_can_be_passed_over(
    failure: str, folder: PluginFolder, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    content, error = FAILURES[failure]
    folder.put("a", wat.appending(1))
    folder.put("b", content)
    folder.put("c", wat.appending(3))
    hook = folder.load().hook("on-save", errors="skip")
    results = call(hook, "pipeline", 9)
    assert (results.value, results.values, results.left) == (913, {"a": 91, "c": 913}, ())
    assert {name: type(error) for name, error in results.errors.items()} == {"b": error}
    assert "hook `on-save`: plugin `b` failed" in caplog.text
    assert call(hook, ALL, 9).values == {"a": 91, "c": 93}
    assert call(hook, "first", 9).value == 91


def test_an_error_can_end_it(folder: PluginFolder, call: Call) -> None:
    folder.put("a", wat.appending(1))
    folder.put("b", wat.failing(7))
    folder.put("c", wat.appending(3))
    hook = folder.load().hook("on-save", errors="stop")
    results = call(hook, "pipeline", 9)
    assert (results.value, list(results.errors), results.left) == (91, ["b"], ("c",))
    assert isinstance(results.errors["b"], atoll.GuestError)
    assert results.errors["b"].payload == 7


def test_a_plugin_with_two_such_functions_fails_alone(folder: PluginFolder, call: Call) -> None:
    two = wat.within(1, "acme:docs/events", "acme:mail/events").replace('"number"', '"on-save"')
    folder.put("a", two)
    folder.put("b", wat.within(4, "acme:docs/events").replace('"number"', '"on-save"'))
    results = call(folder.load().hook("events/on-save", errors="skip"), ALL)
    assert results.values == {"b": 4}
    assert getattr(results.errors["a"], "code", None) == "plugin-export-unknown"


@pytest.mark.slow
def test_each_has_its_time(folder: PluginFolder, call: Call) -> None:
    folder.put("a", wat.looping())
    folder.put("b", wat.appending(2))
    plugins = folder.load(limits=atoll.Limits(time=60, cpu=60))
    results = call(plugins.hook("on-save", errors="skip", each=0.5), ALL, 1)
    assert results.values == {"b": 12}
    error = results.errors["a"]
    assert isinstance(error, atoll.HookDeadline)
    assert error.code == "hook-deadline"
    assert str(error) == "hook `on-save` of plugin `a` was ended: its time was over (each=0.5 s)"
    with pytest.raises(atoll.HookDeadline, match="of plugin `a`"):
        call(plugins.hook("on-save", each=0.5), ALL, 1)
    assert plugins.metrics()["a"]["failed"] == {"cancelled": 2}


@pytest.mark.slow
def test_all_together_have_their_time(folder: PluginFolder, call: Call) -> None:
    folder.put("a", wat.appending(1))
    folder.put("b", wat.looping())
    folder.put("c", wat.appending(3))
    plugins = folder.load(limits=atoll.Limits(time=60, cpu=60))
    began = time.monotonic()
    results = call(plugins.hook("on-save", errors="skip", deadline=1), ALL, 1)
    assert time.monotonic() - began < 30
    assert (results.values, list(results.errors), results.left) == ({"a": 11}, ["b"], ("c",))
    with pytest.raises(atoll.HookDeadline, match=r"deadline=1 s"):
        call(plugins.hook("on-save", deadline=1), "pipeline", 1)


def test_those_that_are_awaited_may_be_called_at_the_same_time(folder: PluginFolder) -> None:
    """All of them ring before any of them may end, so they are there together."""

    class Bell:
        def __init__(self) -> None:
            self.rung = 0

        async def ring(self) -> None:
            self.rung += 1
            while self.rung < 3:
                await asyncio.sleep(0.001)

    for value, name in enumerate(("a", "b", "c", "d"), start=1):
        folder.put(name, wat.ringing(value))
    bell = Bell()
    plugins = folder.load(imports={wat.BELL: bell})
    hook = plugins.hook("run", concurrency=3)
    results = run(hook.aio)
    assert [(one.plugin, one.value) for one in results] == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]


def test_an_error_ends_those_that_run_at_the_same_time(folder: PluginFolder) -> None:
    folder.put("a", wat.looping())
    folder.put("b", wat.failing(7))
    folder.put("c", wat.appending(1))
    plugins = folder.load(limits=atoll.Limits(time=60, cpu=60))
    with pytest.raises(atoll.GuestError):
        run(lambda: plugins.hook("on-save", concurrency=2).aio(1))
    metrics = plugins.metrics()
    assert [metrics[name]["failed"] for name in "abc"] == [{"cancelled": 1}, {"guest-error": 1}, {}]
    assert [metrics[name]["in_flight"] for name in "abc"] == [0, 0, 0]


def test_whoever_is_cancelled_ends_what_it_called(folder: PluginFolder) -> None:
    folder.put("a", wat.looping())
    plugins = folder.load(limits=atoll.Limits(time=60, cpu=60))

    async def main() -> None:
        calling = asyncio.create_task(plugins.hook("on-save").aio(1))
        while not plugins.metrics()["a"]["in_flight"]:
            await asyncio.sleep(0.001)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling

    run(main)
    assert plugins.metrics()["a"]["failed"] == {"cancelled": 1}


def test_a_hook_follows_its_plugins(folder: PluginFolder, call: Call) -> None:
    folder.put("a", wat.appending(1))
    plugins = folder.load()
    hook = plugins.hook("on-save")
    assert call(hook, "pipeline", 9).value == 91
    folder.put("a", wat.appending(5))
    folder.put("b", wat.appending(6))
    plugins.refresh()
    assert call(hook, "pipeline", 9).value == 956


def test_a_chain_goes_on_with_the_versions_that_it_began_with(folder: PluginFolder) -> None:
    class Bell:
        def ring(self) -> None:
            folder.put("b", wat.ringing(20))
            plugins.refresh()

    folder.put("a", wat.ringing(1))
    folder.put("b", wat.numbered(2, "run"))
    plugins = folder.load(imports={wat.BELL: Bell()})
    hook = plugins.hook("run")
    assert hook().values == {"a": 1, "b": 2}
    assert hook().values == {"a": 1, "b": 20}


def test_a_host_function_that_is_awaited_does_not_wait_for_a_hook(folder: PluginFolder) -> None:
    class Bell:
        async def ring(self) -> None:
            hook()

    folder.put("a", wat.ringing(1))
    plugins = folder.load(imports={wat.BELL: Bell()})
    hook = plugins.hook("run", deadline=30)
    with pytest.raises(atoll.GuestTrap) as raised:
        hook()
    assert isinstance(raised.value.__cause__, RuntimeError)
    assert "await its `aio`" in str(raised.value.__cause__)


def test_hooks_with_deadlines_are_called_from_many_threads(folder: PluginFolder) -> None:
    folder.put("a", wat.appending(1))
    hook = folder.load().hook("on-save", deadline=60)
    values: list[Any] = []
    threads = [threading.Thread(target=lambda: values.append(hook.pipeline(9).value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert values == [91] * 8


@pytest.mark.parametrize("wrong", [{"errors": "ignore"}, {"deadline": 0}, {"each": -1}, {"concurrency": 0}], ids=str)
def test_a_setting_that_is_none_is_refused(wrong: dict[str, Any], folder: PluginFolder) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        folder.load().hook("on-save", **wrong)


def test_a_pipeline_needs_something_to_begin_with(folder: PluginFolder, call: Call) -> None:
    with pytest.raises(TypeError, match="value"):
        call(folder.load().hook("on-save"), "pipeline")
