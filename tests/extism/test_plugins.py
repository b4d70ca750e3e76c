"""What a plug-in is made of, and what holds between plug-ins: limits, cancelling, threads, closing."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

import atoll
from atoll import extism
from atoll.extism import Error
from atoll.extism.compiled import DEFAULT_SECONDS
from atoll.extism.environment import Environment
from atoll.extism.kernel import KERNEL
from tests.support import built

ECHO = """
(module
  (import "extism:host/env" "input_offset" (func $offset (result i64)))
  (import "extism:host/env" "input_length" (func $length (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (func (export "echo") (call $output (call $offset) (call $length)))
  (func (export "close") (result i32) (i32.const 7))
  (func (export "loop") (loop $again (br $again))))
"""


def test_a_plug_in_is_text_a_module_a_manifest_or_a_path(tmp_path: Any) -> None:
    (tmp_path / "echo.wat").write_text(ECHO)
    manifest = {"wasm": [{"path": str(tmp_path / "echo.wat")}]}
    (tmp_path / "echo.json").write_text(json.dumps(manifest))
    toml = f'[[wasm]]\npath = "{tmp_path}/echo.wat"\n'
    given: list[Any] = [ECHO, ECHO.encode(), manifest, json.dumps(manifest), toml, str(tmp_path / "echo.json")]
    for one in [*given, extism.CompiledPlugin(ECHO)]:
        assert extism.Plugin(one).call("echo", "text") == b"text"


@pytest.mark.parametrize("given", [None, bytearray(), ["wasm"], 7])
def test_what_is_neither_is_a_type_error(given: Any) -> None:
    with pytest.raises(TypeError):
        extism.Plugin(given)


@pytest.mark.parametrize(
    "given, why",
    [
        ("nowhere.wasm", "Unknown manifest format"),
        ("", "No wasm files specified"),
        (b"\xff", "valid utf-8"),
        ({"wasm": [{"data": {"ptr": 1, "len": 2}}]}, "Unknown manifest format"),
        ({"wasm": [{"name": "main"}]}, "Unknown manifest format"),
        ({"wasm": [{"data": ECHO.encode()}], "timeout_ms": -1}, "Unknown manifest format"),
        (
            {"wasm": [{"data": ECHO.encode(), "name": "extism:host/env"}, {"data": ECHO.encode()}]},
            "no module can be called",
        ),
    ],
)
def test_what_is_no_manifest_is_refused(given: Any, why: str) -> None:
    with pytest.raises(Error, match=f"Unable to compile Extism plugin: .*{why}"):
        extism.Plugin(given)


def test_exports_may_be_called_as_our_own_methods_are() -> None:
    with pytest.raises(Error, match="Error code: 7") as raised:
        extism.Plugin(ECHO).call("close", "")
    assert raised.value.code == 7


def test_what_can_be_called_is_known() -> None:
    plugin = extism.Plugin(ECHO)
    assert plugin.function_exists("echo")
    assert not plugin.function_exists("nowhere")
    assert isinstance(plugin.id, UUID)
    assert plugin.call("echo", '{"a": 1}', parse=json.loads) == {"a": 1}


def test_a_closed_plug_in_is_not_called() -> None:
    with extism.Plugin(ECHO) as plugin:
        assert plugin.call("echo", "text") == b"text"
    plugin.close()
    with pytest.raises(TypeError, match="closed"):
        plugin.call("echo", "text")


def test_a_cancel_ends_its_own_plug_in_s_call_alone() -> None:
    ended, other = extism.Plugin(ECHO), extism.Plugin(ECHO)
    handle = ended.cancel_handle()
    other.cancel_handle()
    threading.Timer(0.1, handle.cancel).start()
    with ThreadPoolExecutor(1) as pool:
        calls = pool.submit(lambda: [other.call("echo", "text") for _ in range(200)])
        with pytest.raises(Error, match="timeout"):
            ended.call("loop", "")
        assert calls.result() == [b"text"] * 200
    assert ended.call("echo", "again") == b"again"


def test_a_timeout_ends_its_own_plug_in_s_call_alone() -> None:
    bound = extism.Plugin({"wasm": [{"data": ECHO.encode()}], "timeout_ms": 50})
    with pytest.raises(Error, match="timeout"):
        bound.call("loop", "")
    assert bound.call("echo", "again") == b"again"


def test_without_a_timeout_calls_have_the_time_that_plugins_have() -> None:
    from atoll.host.core import default_values

    assert default_values()["limits"]["deadline_ms"] == DEFAULT_SECONDS * 1000
    assert extism.CompiledPlugin(ECHO).seconds == DEFAULT_SECONDS


def test_calls_of_several_threads_take_turns() -> None:
    plugin = extism.Plugin(str(built("extism-rust")))
    with ThreadPoolExecutor(4) as pool:
        found = sorted(int(each) for each in pool.map(lambda _: plugin.call("globals", ""), range(20)))
    assert found == list(range(20))


def test_plug_ins_of_one_compiled_share_neither_variables_nor_config() -> None:
    compiled = extism.CompiledPlugin(str(built("extism-rust")))
    one, two = extism.Plugin(compiled, config={"vowels": "l"}), extism.Plugin(compiled)
    assert json.loads(one.call("count_vowels", "hello"))["count"] == 2
    assert json.loads(two.call("count_vowels", "hello")) == {"count": 2, "total": 2, "vowels": "aeiouAEIOU"}


def test_memory_that_is_not_given_is_not_had() -> None:
    plugin = extism.Plugin({"wasm": [{"data": ECHO.encode()}], "memory": {"max_pages": 2}})
    with pytest.raises(Error, match="oom"):
        plugin.call("echo", b"x" * 1_000_000)
    assert plugin.call("echo", b"small") == b"small"


def test_what_a_guest_may_reach_is_nothing_that_is_not_extism_s() -> None:
    guest = '(module (import "extism:host/env" "begin" (func (param i64) (result i64))))'
    with pytest.raises(Error, match="Invalid function import from extism:host/env: begin"):
        extism.Plugin(guest)
    kernel = {"extism:host/env": extism.kernel.kernel()}
    imports = {KERNEL: Environment().of_kernel()}
    assert atoll.load(ECHO.encode(), modules=kernel, imports=imports) is not None
