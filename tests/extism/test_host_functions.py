"""Host functions: their types, what they raise, and how they reach the plug-in's memory."""

from typing import Annotated, Any

import pytest

from atoll import extism
from atoll.extism import CurrentPlugin, Error, Function, Json, Pickle, ValType, host_fn
from tests.support import built

NUMBERS = """
(module
  (import "host" "half" (func $half (param f64) (result f64)))
  (import "host" "count" (func $count (param i32) (result i32)))
  (func (export "halves") (result i32) (i32.trunc_f64_s (call $half (f64.const 84))))
  (func (export "counts") (result i32) (call $count (i32.const 1))))
"""


def hosted(*functions: Function) -> extism.Plugin:
    """A guest that calls `hello_world` of the host with what `count_vowels` found, and `say_green` from `green`."""

    @host_fn()
    def say_purple(text: str) -> str:
        return text

    @host_fn(namespace="host", signature=([ValType.PTR], []))
    def to_upper(plugin: CurrentPlugin, params: list[Any], results: list[Any]) -> None:
        block = plugin.memory_at_offset(params[0])
        data = plugin.memory(block)
        data[:] = bytes(data).upper()
        assert plugin.input_bytes(params[0]) == bytes(data)

    @host_fn(namespace="host", signature=([ValType.I32, ValType.I64, ValType.F32, ValType.F64], [ValType.F64]))
    def numbers(*_: Any) -> None:
        pass

    given = {one.name: one for one in functions}
    for name in ("hello_world", "say_green"):
        if name not in given:
            given[name] = host_fn(name=name)(_same)
    return extism.Plugin(str(built("extism-rust-hosted")), functions=[*given.values(), say_purple, to_upper, numbers])


def _same(text: str) -> str:
    return text


def test_floats_and_truths_are_results_as_well() -> None:
    @host_fn(namespace="host")
    def half(number: float) -> float:
        return number / 2

    @host_fn(namespace="host")
    def count(number: bool) -> bool:
        assert number is True
        return False

    plugin = extism.Plugin(NUMBERS)
    with pytest.raises(Error, match="Error code: 42"):
        plugin.call("halves", b"")
    assert plugin.call("counts", b"") == b""


def test_what_a_host_function_raises_is_the_cause_of_the_call_s_error() -> None:
    @host_fn()
    def say_green(text: str) -> str:
        raise KeyError(text)

    plugin = hosted(say_green)
    with pytest.raises(Error, match="grass") as raised:
        plugin.call("green", "grass")
    assert isinstance(raised.value.__cause__, KeyError)
    assert plugin.call("purple", "plum") == b"plum"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_thread_goes_through(error: type[BaseException]) -> None:
    @host_fn()
    def say_green(text: str) -> str:
        raise error

    plugin = hosted(say_green)
    with pytest.raises(error):
        plugin.call("green", "grass")
    assert plugin.call("purple", "plum") == b"plum"


def test_what_a_guest_wrote_is_never_unpickled() -> None:
    with pytest.raises(TypeError, match="Pickle"):

        @host_fn()
        def parameter(data: Annotated[object, Pickle]) -> str:
            return ""


def test_a_result_may_be_pickled_and_the_guest_gets_its_bytes() -> None:
    @host_fn()
    def say_green(text: str) -> Annotated[object, Pickle]:
        return text

    # The guest refuses what is no UTF-8, as the bytes of a pickle are.
    with pytest.raises(Error, match="invalid utf-8"):
        hosted(say_green).call("green", "grass")


@pytest.mark.parametrize("kind", [list, "no codec"])
def test_types_that_cannot_be_told_are_type_errors(kind: Any) -> None:
    def taking(value: Any) -> None:
        pass

    taking.__annotations__ = {"value": Annotated[str, kind] if isinstance(kind, str) else kind}
    with pytest.raises(TypeError):
        host_fn()(taking)
    with pytest.raises(TypeError, match="annotations"):
        host_fn()(lambda value: value)


def test_the_registry_is_what_a_plug_in_gets_where_none_are_given() -> None:
    @host_fn(namespace="host")
    def half(number: float) -> float:
        return number

    with pytest.raises(Error, match="unknown import: `host::count`"):
        extism.Plugin(NUMBERS)
    with pytest.raises(Error, match="unknown import: `host::half`"):
        extism.Plugin(NUMBERS, functions=None)


def test_a_function_of_another_type_is_refused() -> None:
    @host_fn(namespace="host", signature=([ValType.I64], []))
    def half(*_: Any) -> None:
        pass

    with pytest.raises(Error, match=r"types incompatible: expected type `\(func \(param f64\) \(result f64\)\)`"):
        extism.Plugin(NUMBERS)


def test_json_goes_both_ways() -> None:
    @host_fn()
    def hello_world(told: Annotated[dict[str, int], Json]) -> Annotated[dict[str, int], Json]:
        return {"count": told["count"] + 1}

    assert hosted(hello_world).call("count_vowels", "Hello World") == b'{"count":4}'
