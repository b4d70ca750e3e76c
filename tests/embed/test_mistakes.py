"""What is likely to be done wrong at first is answered with what to do instead."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atoll
from atoll.errors import AtollError, Problems, UserError
from tests.embed import wat
from tests.embed.plugins import Directory, rust, small
from tests.support import built

IMPORT = "acme:plugin/directory"


def refused(attempt: Callable[[], object]) -> AtollError:
    with pytest.raises(AtollError) as raised:
        attempt()
    return raised.value


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "content, why",
    [(b"", "it is empty"), (b"hello, world", "it begins with b'hello, w'"), (b"\x7fELF", r"it begins with b'\x7fELF'")],
)
def test_what_is_no_wasm_at_all_is_told_with_its_name(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "tool.wasm"
    file.write_bytes(content)
    error = refused(lambda: atoll.load(file))
    assert (error.code, error.message) == ("guest-invalid", f"`{file}` is no WebAssembly: {why}")
    assert error.hint == "name a `.wasm` file, or one in text form (`.wat`)"
    assert refused(lambda: atoll.load(content)).message == f"the plugin is no WebAssembly: {why}"
    assert refused(lambda: atoll.load(b"(module)", modules={"other": content})).code == "guest-invalid"


def test_a_wasm_with_an_error_in_it_is_told_by_its_name() -> None:
    error = refused(lambda: atoll.load(b"(module", name="broken"))
    assert error.code == "guest-invalid"
    assert error.message.startswith("component `broken`: ")


def test_a_path_that_leads_nowhere_says_from_where(own_folder: Path) -> None:
    assert f"`{own_folder}`" in str(refused(lambda: atoll.load("nope.wasm")).hint)
    assert refused(lambda: atoll.load(".")).hint == "name a file; `atoll.Plugins` loads the plugins of a folder"
    assert refused(lambda: atoll.load("(component)")).hint == "text is given as bytes: `.encode()`"


def test_a_traceback_shows_the_hint_and_nothing_of_what_lies_beneath() -> None:
    text = shown(refused(lambda: atoll.load(built("rust-plugin"))))
    assert "\nhint: give an object that answers it: imports={'acme:plugin/directory@0.1.0': …}" in text
    assert "CoreError" not in text


@pytest.mark.parametrize("given", ["acme:plugin/dir", "directory", "acme:plugin/directory@9.0.0"])
def test_an_import_that_nobody_answers_is_told_with_those_that_were_given(given: str) -> None:
    error = refused(lambda: atoll.load(built("rust-plugin"), imports={given: Directory()}))
    assert error.code == "guest-import-unknown"
    assert str(error.hint).endswith(f"imports={{'acme:plugin/directory@0.1.0': …}}; given are '{given}'")


def test_a_class_in_the_place_of_its_object_is_told() -> None:
    error = refused(lambda: atoll.load(built("rust-plugin"), imports={IMPORT: Directory}))
    assert isinstance(error, Problems)
    assert all("give an object of this class" in problem.message for problem in error.problems)
    assert shown(error).endswith("\nhint: give the object a method for each function of the interface\n")


@pytest.mark.parametrize(
    "given, said",
    [
        ({"limits": {"time": 1}}, "limits must be atoll.Limits; got dict"),
        ({"grants": {"log": True}}, "grants must be atoll.Grants; got dict"),
        ({"grants": atoll.Limits(time=1)}, "grants must be atoll.Grants; got Limits"),
        ({"name": 5}, "name must be str; got int: 5"),
        ({"imports": Directory()}, "imports must map names of interfaces to objects; got Directory"),
    ],
)
def test_settings_of_another_class_are_type_errors(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        small(**given)


def test_a_plugins_settings_of_another_class_are_type_errors_as_well(own_folder: Path) -> None:
    with pytest.raises(TypeError, match=r"grants must be atoll\.Grants; got dict"):
        atoll.Plugins(own_folder, grants={"log": True})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "grant",
    [
        {"log": "yes"},
        {"network": "https://example.com"},
        {"network": [5]},
        {"env": ["LANG"]},
        {"env": {"LANG": 1}},
        {"dirs": ["/data"]},
        {"writable_dirs": {"/data": 5}},
        {"key_value": 5},
        {"sqlite": ["default"]},
    ],
)
def test_a_grant_that_is_none_says_what_it_would_be(grant: dict[str, Any]) -> None:
    error = refused(lambda: atoll.Grants(**grant))
    [(name, value)] = grant.items()
    assert (error.code, error.message) == ("grant-invalid", f"Grants({name}={value!r}) cannot be granted")
    assert str(error.hint).startswith("it is ")


@pytest.mark.parametrize("seconds", [0, -1, -0.5, float("nan")])
def test_a_time_is_told_in_the_unit_that_it_was_given_in(seconds: float) -> None:
    error = refused(lambda: atoll.Limits(time=seconds))
    assert error.message == f"Limits(time={seconds!r}): expected seconds, more than 0"


def test_a_function_of_an_interface_is_told_where_it_is() -> None:
    with pytest.raises(AttributeError, match=r"exports no `echo_person`; it is `values\.echo_person`"):
        rust().echo_person  # noqa: B018
    with pytest.raises(AttributeError, match=r"exports no `nope`; it exports add, bad, counters"):
        rust().nope  # noqa: B018
    with pytest.raises(AttributeError, match=r"exports no `nope`; it exports Counter, consume"):
        rust().counters.nope  # noqa: B018


def test_an_export_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(KeyError, match=r"acme:plugin/value: there are add, .*acme:plugin/values@0\.1\.0"):
        rust().exports["acme:plugin/value"]


def test_memories_and_globals_are_told_to_be_an_instances() -> None:
    module = atoll.load(b'(module (memory (export "memory") 1) (global (export "count") i32 (i32.const 7)))')
    for name in ("memory", "count"):
        with pytest.raises(AttributeError, match=rf"`open\(\)` gives an instance that has `{name}`"):
            getattr(module, name)


def test_a_constant_is_not_set_and_does_not_end_its_instance() -> None:
    with atoll.load(b'(module (global (export "count") i32 (i32.const 7)))').open() as instance:
        with pytest.raises(AttributeError, match="the global `count` is a constant"):
            instance.count.value = 8
        assert instance.count.value == 7


@pytest.mark.parametrize("data", [5, "text", None])
def test_a_memory_is_written_with_bytes_alone(data: Any) -> None:
    with atoll.load(b'(module (memory (export "memory") 1))').open() as instance:
        with pytest.raises(TypeError):
            instance.memory.write(0, data)
        instance.memory.write(0, memoryview(b"ab"))
        assert instance.memory.read(0, 5) == b"ab\0\0\0"


def test_an_instance_that_has_ended_says_what_to_do() -> None:
    instance = atoll.load(wat.plain('(func (export "nop"))', "nop")).open()
    instance.close()
    error = refused(instance.nop)
    assert isinstance(error, atoll.InstanceEnded)
    assert isinstance(error, UserError)
    assert error.hint == "open another one"
