"""What Extism's own tests ask of their plug-ins, one test a behaviour.

The `original` plug-ins are those of Extism's SDK for Go, unchanged; where there is none, a guest of ours does the same.
"""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atoll import extism
from atoll.extism import Error, ValType, host_fn
from atoll.extism.endings import TRAPPED
from tests.extism.comparing import asking
from tests.support import built

CASES = asking.CASES
GREEN, PURPLE = "\N{LARGE GREEN CIRCLE}", "\N{LARGE PURPLE CIRCLE}"


def original(name: str, manifest: dict[str, Any] | None = None, **rest: Any) -> extism.Plugin:
    """A plug-in of Extism's tests, with WASI, which most of them want."""
    return of(built(f"extism-original-{name}"), manifest, wasi=True, **rest)


def ours(name: str = "extism-rust", manifest: dict[str, Any] | None = None, **rest: Any) -> extism.Plugin:
    return of(built(name), manifest, **rest)


def of(file: Path, manifest: dict[str, Any] | None = None, **rest: Any) -> extism.Plugin:
    return extism.Plugin({"wasm": [{"path": str(file)}], **(manifest or {})}, **({"functions": None} | rest))


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, str]]:
    with asking.servers() as found:
        yield found


@pytest.fixture
def files(tmp_path: Path) -> str:
    (tmp_path / "test.txt").write_text("hello world!")
    return str(tmp_path)


def test_vowels_are_counted_with_their_total_in_a_variable() -> None:
    plugin = original("count-vowels")
    assert plugin.call("count_vowels", "aaa") == b'{"count":3,"total":3,"vowels":"aeiouAEIOU"}'
    assert plugin.call("count_vowels", "bbba") == b'{"count":1,"total":4,"vowels":"aeiouAEIOU"}'


def test_vowels_are_those_of_the_config() -> None:
    assert (
        json.loads(original("count-vowels", config={"vowels": "hld"}).call("count_vowels", "hello world"))["count"] == 5
    )


def test_a_command_counts_vowels_each_time_anew() -> None:
    plugin = original("count-vowels-std")
    for _ in range(2):
        assert json.loads(plugin.call("_start", "hello world"))["count"] == 3


def test_what_was_counted_goes_through_the_host() -> None:
    @host_fn()
    def hello_world(counted: str) -> str:
        return counted.replace("3", "30")

    @host_fn()
    def say_green(text: str) -> str:
        return text

    say_purple = host_fn(name="say_purple")(_same)
    to_upper = host_fn(namespace="host", name="to_upper", signature=([ValType.PTR], []))(_nothing)
    types = ([ValType.I32, ValType.I64, ValType.F32, ValType.F64], [ValType.F64])
    numbers = host_fn(namespace="host", name="numbers", signature=types)(_nothing)
    plugin = ours("extism-rust-hosted", functions=[hello_world, say_green, say_purple, to_upper, numbers])
    assert plugin.call("count_vowels", "Hello World") == b'{"count":30}'


def _same(text: str) -> str:
    return text


def _nothing(*_: Any) -> None:
    pass


def nothing() -> extism.Function:
    return host_fn(name="nothing", signature=([], []))(_nothing)


def reflecting() -> dict[str, Any]:
    upper, reflect = built("extism-rust-upper"), built("extism-rust-reflect")
    return {"wasm": [{"path": str(upper), "name": "extism:host/user"}, {"path": str(reflect), "name": "main"}]}


def test_a_module_may_be_another_ones_host() -> None:
    assert extism.Plugin(reflecting(), functions=None).call("reflect", "hello") == b"HELLO"


@pytest.mark.parametrize("length", [1, 7, 8, 1023, 65_535, 65_537, 1 << 20])
def test_text_of_any_length_comes_back_from_the_host(length: int) -> None:
    functions = [host_fn(name="host_reflect")(_same), nothing()]
    plugin = ours("extism-rust-reflect", functions=functions)
    assert plugin.call("reflect", "a" * length) == b"a" * length


def test_the_host_answers_with_its_context() -> None:
    @host_fn()
    def host_reflect(plugin: extism.CurrentPlugin, text: str) -> str:
        return str(plugin.host_context()["message"])

    plugin = ours("extism-rust-reflect", functions=[host_reflect, nothing()])
    assert plugin.call("reflect", "anything", host_context={"message": "hello world"}) == b"hello world"


def test_a_loop_is_stopped_in_time_and_the_plug_in_goes_on() -> None:
    plugin = ours(manifest={"timeout_ms": 200})
    started = time.monotonic()
    with pytest.raises(Error, match=r"^timeout$") as raised:
        plugin.call("loop_forever", "abc123")
    assert 0.19 < time.monotonic() - started < 1
    assert raised.value.code == TRAPPED
    assert plugin.call("echo", "again") == b"again"


def test_a_loop_is_cancelled_again_and_again() -> None:
    plugin = ours()
    handle = plugin.cancel_handle()
    for _ in range(3):
        threading.Timer(0.05, handle.cancel).start()
        started = time.monotonic()
        with pytest.raises(Error, match=r"^timeout$"):
            plugin.call("loop_forever", "abc123")
        assert time.monotonic() - started < 1


@pytest.mark.parametrize("file", ["start-loop.wat", "initialize-loop.wat"])
def test_a_start_that_loops_is_stopped_as_well(file: str) -> None:
    with pytest.raises(Error, match="deadline"):
        of(CASES / file, {"timeout_ms": 200})


def test_a_sleep_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(Error, match=r"^timeout$"):
        original("sleep", {"timeout_ms": 100}, config={"duration": "3"}).call("run_test", "")
    assert time.monotonic() - started < 1
    assert original("sleep", config={"duration": "0"}).call("run_test", "") == b"slept for 0 seconds"


@pytest.mark.parametrize("hosts", [None, [], ["google.*"]])
def test_requests_to_hosts_that_are_not_allowed_fail(hosts: list[str] | None) -> None:
    with pytest.raises(Error, match=r"HTTP request to https://jsonplaceholder\.typicode\.com/todos/1 is not allowed"):
        original("http", {} if hosts is None else {"allowed_hosts": hosts}).call("run_test", "")


def test_a_request_to_an_allowed_host_is_answered(places: dict[str, str]) -> None:
    plugin = ours(manifest={"allowed_hosts": ["127.0.*"]})
    assert plugin.call("http_get", json.dumps({"url": f"{places['{server}']}/text"})) == b"some text"


def test_headers_of_a_response_are_not_given(places: dict[str, str]) -> None:
    plugin = original("http-headers", {"allowed_hosts": ["127.0.0.1"]})
    assert plugin.call("http_get", json.dumps({"url": f"{places['{server}']}/text"})) == b"{}"


@pytest.mark.parametrize("thing, told", [("hello", "hello"), (None, "<unset by host>")])
def test_config_is_what_the_host_says(thing: str | None, told: str) -> None:
    plugin = original("config", {"config": {"thing": thing} if thing else {}})
    assert json.loads(plugin.call("run_test", "")) == {"config": told}


def test_a_variable_is_doubled_from_call_to_call() -> None:
    plugin = original("var")
    plugin.variables["a"] = (10).to_bytes(4, "little")
    for before, doubled in ((10, 20), (20, 40)):
        assert plugin.call("run_test", "") == f"a: {before}".encode()
        assert plugin.variables["a"] == doubled.to_bytes(4, "little")


def test_without_room_for_variables_there_are_none() -> None:
    with pytest.raises(Error, match="Vars are disabled"):
        original("var", {"memory": {"max_var_bytes": 0}}).call("run_test", "")


def test_a_failure_has_its_message_and_code() -> None:
    plugin = original("fail")
    for _ in range(2):
        with pytest.raises(Error, match=r"^Some error message$") as raised:
            plugin.call("run_test", "")
        assert raised.value.code == 1


@pytest.mark.parametrize("given, code", [("-1", -1), ("500", -1), ("abc", 1), ("", 2)])
def test_an_exit_ends_the_call_with_its_code(given: str, code: int) -> None:
    plugin = original("exit", config={"code": given} if given else None)
    for _ in range(2):
        with pytest.raises(Error) as raised:
            plugin.call("_start", "")
        assert raised.value.code == code


@pytest.mark.parametrize("name, access", [("fs", ""), ("read-write", ""), ("read-write", "ro:")])
def test_a_file_of_an_allowed_folder_is_read(name: str, access: str, files: str) -> None:
    plugin = original(name, {"allowed_paths": {access + files: "/mnt"}}, config={"path": "/mnt/test.txt"})
    assert plugin.call("run_test" if name == "fs" else "try_read", "") == b"hello world!"


def test_a_file_is_written_where_that_is_allowed(files: str) -> None:
    config = {"path": "/mnt/test.txt"}
    original("read-write", {"allowed_paths": {files: "/mnt"}}, config=config).call("try_write", " more")
    written = Path(files, "test.txt").read_text()
    assert written.endswith(" more")
    plugin = original("read-write", {"allowed_paths": {f"ro:{files}": "/mnt"}}, config=config)
    with pytest.raises(Error, match="Failed to write file"):
        plugin.call("try_write", "still more")
    assert Path(files, "test.txt").read_text() == written


def test_each_level_is_logged_and_those_below_the_wanted_are_not() -> None:
    lines: list[str] = []
    logger = extism.set_log_custom(lines.append, "warn")
    original("log").call("run_test", "")
    logger.drain()
    told = [line.split(" extism::pdk: ")[1].split(" plugin=")[0] for line in lines]
    assert told == ["this is a warning log", "this is an error log"]


def test_a_host_function_multiplies() -> None:
    @host_fn(signature=([ValType.PTR, ValType.PTR], [ValType.PTR]))
    def mult(_: Any, params: list[Any], results: list[Any]) -> None:
        results[0].value = params[0].value * params[1].value

    assert original("host", functions=[mult]).call("run_test", "") == b"42 x 2 = 84"


def test_a_host_function_frees_what_it_got_and_answers_with_a_new_block() -> None:
    @host_fn(namespace="host", signature=([ValType.PTR], [ValType.PTR]))
    def to_upper(plugin: extism.CurrentPlugin, params: list[Any], results: list[Any]) -> None:
        text = plugin.input_string(params[0])
        plugin.free(plugin.memory_at_offset(params[0]))
        plugin.return_string(results[0], text.upper())

    assert original("host-memory", functions=[to_upper]).call("run_test", "Frodo") == b"HELLO FRODO!"


def test_of_several_host_functions_each_is_called_by_its_name() -> None:
    functions = [_saying("hostPurpleMessage", PURPLE), _saying("hostGreenMessage", GREEN)]
    plugin = original("host-multiple", functions=functions)
    green, purple = plugin.call("say_green", "John Doe"), plugin.call("say_purple", "Jane Doe")
    assert green.decode().startswith(f"{GREEN}:")
    assert green.decode().endswith("Hey from say_green John Doe")
    assert purple.decode().startswith(f"{PURPLE}:")
    assert purple.decode().endswith("Hello from say_purple Jane Doe")


def _saying(name: str, sign: str) -> extism.Function:
    def say(text: str) -> str:
        return f"{sign}:{text}"

    return host_fn(name=name)(say)


def linked() -> dict[str, Any]:
    return {"wasm": [{"path": str(built(f"extism-original-{name}")), "name": name} for name in ("lib", "main")]}


def test_modules_are_linked_in_any_number_of_plug_ins_of_one_compiled() -> None:
    compiled = extism.CompiledPlugin(linked(), wasi=True)
    for plugin in [extism.Plugin(compiled) for _ in range(3)]:
        for _ in range(3):
            assert plugin.call("run_test", "benjamin") == b"Hello, BENJAMIN"


def test_modules_that_import_from_each_other_are_refused() -> None:
    names = {"circular-1": "circular-1.wat", "circular-2": "circular-2.wat", "main": "circular-1.wat"}
    wasm = [{"path": str(CASES / file), "name": name} for name, file in names.items()]
    with pytest.raises(Error, match="modules import from each other: circular-2 imports from circular-1 imports from"):
        extism.Plugin({"wasm": wasm}, functions=None)


def test_the_block_of_the_input_has_its_length() -> None:
    plugin = original("input-offset")
    for text in ("hello world", "", "x" * 300):
        assert int.from_bytes(plugin.call("input_offset_length", text), "little") == len(text)


def test_blocks_are_allocated_and_freed() -> None:
    plugin = original("alloc")
    assert [plugin.call("run_test", "") for _ in range(3)] == [b""] * 3


def test_many_blocks_are_allocated_in_call_after_call() -> None:
    plugin = ours()
    assert {plugin.call("allocations", "1000 16") for _ in range(3)} == {b"1000 of 1000"}


def test_a_trap_is_an_error_of_code_134_and_says_what_trapped() -> None:
    plugin = ours()
    with pytest.raises(Error, match="unreachable") as raised:
        plugin.call("do_unreachable", "")
    assert raised.value.code == TRAPPED == 134
    assert plugin.call("echo", "again") == b"again"


def test_the_runtime_of_haskell_is_started() -> None:
    plugin = original("hello-haskell", config={"greeting": "Howdy"})
    assert [plugin.call("testing", name) for name in ("John", "Joan")] == [b"Howdy, John", b"Howdy, Joan"]


def test_globals_count_on_from_call_to_call() -> None:
    plugin = ours()
    assert [int(plugin.call("globals", "")) for _ in range(1000)] == list(range(1000))


def test_a_command_greets_each_time_as_if_it_were_the_first() -> None:
    plugin = original("std-command")
    assert [plugin.call("_start", name) for name in ("ben", "eva")] == [b"hello ben", b"hello eva"]


def test_input_that_fits_into_the_pages_is_taken_and_more_is_not() -> None:
    text = "a" * 131_072
    with pytest.raises(Error, match=r"^oom$"):
        original("count-vowels", {"memory": {"max_pages": 16}}).call("count_vowels", text)
    plugin = original("count-vowels", {"memory": {"max_pages": 17}})
    assert json.loads(plugin.call("count_vowels", text))["count"] == 131_072


def test_memory_and_variables_are_had_up_to_their_limits() -> None:
    plugin = ours(manifest={"memory": {"max_pages": 40, "max_var_bytes": 200}})
    with pytest.raises(Error, match=r"^oom$"):
        plugin.call("alloc_memory", str(10 << 20))
    with pytest.raises(Error, match=r"^Variable store is full$"):
        plugin.call("alloc_var", "200")


@pytest.mark.parametrize("name, output", [("hello", b"Hello, world!"), ("noop", b""), ("println", b"")])
def test_plug_ins_in_c_and_tinygo_answer(name: str, output: bytes) -> None:
    assert original(name).call("run_test", "hello") == output


def test_text_is_replaced_by_a_regular_expression() -> None:
    assert original("replace").call("run_test", "test " * 400) == b"wasm " * 400


def test_each_export_of_a_plug_in_can_be_asked_for() -> None:
    plugin = original("alloc")
    assert plugin.function_exists("run_test")
    assert not plugin.function_exists("i_dont_exist")
    with pytest.raises(Error, match="Function not found: i_dont_exist"):
        plugin.call("i_dont_exist", "")


def test_a_wrong_digest_is_refused() -> None:
    wasm = {"path": str(built("extism-original-alloc")), "hash": "------"}
    with pytest.raises(Error, match=r"Hash mismatch, found [0-9a-f]{64} but expected ------"):
        extism.Plugin({"wasm": [wasm]})
