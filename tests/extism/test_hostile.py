"""Plug-ins that harm, manifests that lie, servers that do not end: a clear error, in time, and nothing is left."""

import gc
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll import extism
from atoll.extism import Error, ValType, host_fn
from tests.support import built

FAR = ["1", "1049", "65536", "4294967296", "0x7fffffffffffffff", "-1", "-8"]
"""Offsets of no block: within the kernel's own bytes, within a block, behind the memory, without end."""

SHOUTS = """
(module
  (import "extism:host/user" "shout" (func $shout (param i64) (result i64)))
  (func (export "run_test") (drop (call $shout (i64.const {at})))))
"""


def guest(function: str, body: str) -> str:
    """A plug-in that asks for one function of the environment, in text."""
    return f"""
    (module
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/env" "free" (func $free (param i64)))
      (import "extism:host/env" "length" (func $length (param i64) (result i64)))
      (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
      (import "extism:host/env" "output_set" (func $output (param i64 i64)))
      (import "extism:host/env" "input_offset" (func $input (result i64)))
      {function}
      (func (export "echo") (call $output (call $input) (call $length (call $input))))
      (func (export "run_test") (result i32) (local $at i64) (local $count i32)
        {body}
        (local.get $count)))
    """


ASKS = {
    "config_get": "(func $asked (param i64) (result i64))",
    "var_get": "(func $asked (param i64) (result i64))",
    "var_set": "(func $asked (param i64 i64))",
    "http_request": "(func $asked (param i64 i64) (result i64))",
    "log_error": "(func $asked (param i64))",
}


@pytest.mark.parametrize("at", FAR)
@pytest.mark.parametrize("name", ASKS)
def test_an_offset_that_is_no_blocks_is_refused_by_all_that_read_one(name: str, at: str) -> None:
    type_ = ASKS[name]
    arguments = f"(i64.const {at})" * (2 if "i64 i64" in type_ else 1)
    asked = f"(call $asked {arguments})"
    body = f"(drop {asked})" if "result" in type_ else asked
    extism.set_log_custom(lambda line: None, "error")
    plugin = extism.Plugin(guest(f'(import "extism:host/env" "{name}" {type_})', body), functions=None)
    with pytest.raises(Error, match=rf"^invalid handle offset for [a-z ]+: {int(at, 0) % 2**64}$"):
        plugin.call("run_test", "x")
    assert plugin.call("echo", "again") == b"again"


@pytest.mark.parametrize("at", FAR)
@pytest.mark.parametrize("length", ["1", "0xffffffff", "-1"])
def test_output_that_is_nowhere_is_none(at: str, length: str) -> None:
    plugin = extism.Plugin(guest("", f"(call $output (i64.const {at}) (i64.const {length}))"), functions=None)
    assert len(plugin.call("run_test", "")) <= 1
    assert plugin.call("echo", "again") == b"again"


@pytest.mark.parametrize("at", FAR)
def test_host_functions_find_nothing_where_no_block_begins(at: str) -> None:
    found: list[Any] = []

    @host_fn(signature=([ValType.PTR], [ValType.PTR]))
    def shout(plugin: extism.CurrentPlugin, params: list[Any], results: list[Any]) -> None:
        block = plugin.memory_at_offset(params[0])
        found.append((len(block), plugin.input_bytes(params[0]), bytes(plugin.memory(block))))
        plugin.free(block)

    extism.Plugin(SHOUTS.format(at=at), functions=[shout]).call("run_test", "")
    assert found == [(0, b"", b"")]


@pytest.mark.parametrize("length", [1 << 16, 1 << 30])
def test_a_host_function_reads_nothing_beyond_the_memory(length: int) -> None:
    @host_fn(signature=([ValType.PTR], [ValType.PTR]))
    def shout(plugin: extism.CurrentPlugin, params: list[Any], results: list[Any]) -> None:
        plugin.memory(extism.Memory(1 << 20, length))

    with pytest.raises(Error, match="do not lie within the memory"):
        extism.Plugin(SHOUTS.format(at="8"), functions=[shout]).call("run_test", "")


def test_blocks_are_freed_twice_and_by_the_host_as_well() -> None:
    twice = """
      (local.set $at (call $alloc (i64.const 100)))
      (call $free (local.get $at)) (call $free (local.get $at))
      (call $asked (local.get $at))
      (local.set $at (call $alloc (i64.const 4)))
      (call $asked (local.get $at))
      (call $free (local.get $at)) (call $free (local.get $at))"""
    plugin = extism.Plugin(guest('(import "extism:host/env" "free" (func $asked (param i64)))', twice), functions=None)
    assert [plugin.call("run_test", "x" * 50) for _ in range(3)] == [b""] * 3
    assert plugin.call("echo", "again") == b"again"


ENDLESS = """
  (loop $again
    (local.set $at (call $alloc (i64.const {length})))
    (br_if $again (i64.ne (local.get $at) (i64.const 0))))"""


@pytest.mark.parametrize("length", [1, 100, 65_536, 1 << 31])
def test_blocks_without_end_come_to_one_at_the_limit(length: int) -> None:
    plugin = of(guest("", ENDLESS.format(length=length)), memory={"max_pages": 40})
    for _ in range(2):
        assert plugin.call("run_test", "") == b""
    assert plugin.call("echo", "again") == b"again"


def test_an_allocation_that_is_tried_for_ever_is_stopped() -> None:
    plugin = of(guest("", "(loop $again (drop (call $alloc (i64.const 65536))) (br $again))"), timeout_ms=200)
    with pytest.raises(Error, match=r"^timeout$|^oom$"):
        plugin.call("run_test", "")
    assert plugin.call("echo", "again") == b"again"


def of(text: str, **manifest: Any) -> extism.Plugin:
    return extism.Plugin({"wasm": [{"data": text.encode()}], **manifest}, functions=None)


VARIABLES = """
  (loop $again
    (local.set $at (call $alloc (i64.const 8)))
    (call $store
      (local.get $at)
      (i64.extend_i32_u
        (i32.or
          (i32.and (local.get $count) (i32.const 0x7f))
          (i32.and (i32.shl (local.get $count) (i32.const 1)) (i32.const 0x7f00)))))
    (local.set $count (i32.add (local.get $count) (i32.const 1)))
    (call $asked (local.get $at) (local.get $at))
    (br $again))"""


def test_variables_without_end_fill_their_room_and_no_more() -> None:
    types = '(import "extism:host/env" "var_set" (func $asked (param i64 i64)))'
    plugin = of(guest(types, VARIABLES), memory={"max_var_bytes": 64_000})
    with pytest.raises(Error, match=r"^Variable store is full$"):
        plugin.call("run_test", "")
    assert len(plugin.variables) == 64_000 // 64 == 1000
    assert plugin.variables.size == 64_000
    plugin.variables.clear()
    assert plugin.variables.size == 0


@contextmanager
def server(*portions: bytes, pause: float = 0.05) -> Iterator[str]:
    """Sends the portions to whoever comes, and the last of them until nobody listens any more."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            while True:
                peer, _ = listening.accept()
                with peer:
                    peer.recv(4096)
                    answer(peer)
        except OSError:
            return

    def answer(peer: socket.socket) -> None:
        try:
            for portion in portions:
                peer.sendall(portion)
            while True:
                peer.sendall(portions[-1])
                time.sleep(pause)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


HEAD = b"HTTP/1.1 200 OK\r\n"
TRICKLES = {
    "a status": (b"HTTP/1.1 100 Continue\r\n\r\n",),
    "headers": (HEAD, b"x-more: 1\r\n"),
    "a header": (HEAD + b"x-long: ", b"a"),
    "a body": (HEAD + b"content-length: 1000000\r\n\r\n", b"a"),
    "chunks": (HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
}


@pytest.mark.parametrize("kind", TRICKLES)
@pytest.mark.slow
def test_a_server_that_does_not_end_is_left_in_time(kind: str) -> None:
    with server(*TRICKLES[kind]) as url:
        plugin = fetching(timeout_ms=300)
        started = time.monotonic()
        with pytest.raises(Error, match=r"^timeout$"):
            fetch(plugin, url)
        assert time.monotonic() - started < 1


def test_a_response_beyond_its_limit_is_not_read_to_its_end() -> None:
    with server(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"8000\r\n" + b"a" * 0x8000 + b"\r\n", pause=0) as url:
        plugin = fetching(memory={"max_http_response_bytes": 1 << 20})
        with pytest.raises(Error, match="HTTP response exceeds the configured maximum number of bytes: 1048576"):
            fetch(plugin, url)


def fetching(**manifest: Any) -> extism.Plugin:
    file = str(built("extism-rust"))
    return extism.Plugin({"wasm": [{"path": file}], "allowed_hosts": ["127.0.0.1"], **manifest}, functions=None)


def fetch(plugin: extism.Plugin, url: str) -> bytes:
    fetched: bytes = plugin.call("http_get", f'{{"url": "{url}"}}')
    return fetched


@pytest.mark.slow
def test_a_host_function_that_comes_back_too_late_ends_the_call() -> None:
    @host_fn()
    def say_green(text: str) -> str:
        time.sleep(0.3)
        return text

    plugin = hosted(say_green, timeout_ms=100)
    with pytest.raises(Error, match=r"^timeout$"):
        plugin.call("green", "grass")
    assert plugin.call("purple", "plum") == b"plum"


def hosted(*functions: extism.Function, **manifest: Any) -> extism.Plugin:
    numbers = ([ValType.I32, ValType.I64, ValType.F32, ValType.F64], [ValType.F64])
    rest = [
        host_fn(name="hello_world")(_same),
        host_fn(name="say_purple")(_same),
        host_fn(name="to_upper", namespace="host", signature=([ValType.PTR], []))(_nothing),
        host_fn(name="numbers", namespace="host", signature=numbers)(_nothing),
    ]
    wasm = [{"path": str(built("extism-rust-hosted"))}]
    return extism.Plugin({"wasm": wasm, **manifest}, functions=[*functions, *rest])


def _same(text: str) -> str:
    return text


def _nothing(*_: Any) -> None:
    pass


@pytest.mark.parametrize(
    "config",
    [{"vowels": 1}, {"vowels": b"a"}, {1: "a"}, {"vowels": ["a"]}, ["vowels"], "vowels", 7, {"vowels": object()}],
)
def test_config_that_is_no_text_is_left_out(config: Any) -> None:
    plugin = extism.Plugin(str(built("extism-rust")), config=config, functions=None)
    assert plugin.call("count_vowels", "hello") == b'{"count":2,"total":2,"vowels":"aeiouAEIOU"}'


MANIFESTS: dict[str, dict[str, Any]] = {
    "object contains unknown field `wasms`": {"wasms": []},
    "object contains unknown field `unknown` - at `$.wasm[0]`": {"wasm": [{"path": "x", "unknown": 1}]},
    "object contains unknown field `pages` - at `$.memory`": {"wasm": [], "memory": {"pages": 1}},
    "expected `str`, got `int` - at `$.config[...]`": {"wasm": [], "config": {"a": 1}},
    "expected `int | null`, got `str` - at `$.timeout_ms`": {"wasm": [], "timeout_ms": "1"},
    "`max_pages` is negative": {"wasm": [], "memory": {"max_pages": -1}},
    "`wasm[1]` has one of `path`, `data` and `url`": {"wasm": [{"path": "x"}, {"path": "x", "url": "y"}]},
    "`wasm[0]` has one of": {"wasm": [{"name": "main"}]},
}


@pytest.mark.parametrize("why", MANIFESTS)
def test_a_manifest_that_is_none_says_where(why: str) -> None:
    with pytest.raises(Error) as raised:
        extism.Plugin(MANIFESTS[why])
    assert str(raised.value).startswith("Unable to compile Extism plugin: Unknown manifest format: ")
    assert why in str(raised.value).replace("Object", "object").replace("Expected", "expected")


def test_a_url_that_nobody_answers_is_an_error_that_names_it() -> None:
    with pytest.raises(
        Error, match=r"^Unable to compile Extism plugin: http://127\.0\.0\.1:1/ cannot be loaded: .*refused"
    ):
        extism.Plugin({"wasm": [{"url": "http://127.0.0.1:1/"}]})


@pytest.mark.parametrize(
    "answer, why",
    [
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "404"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno", "not valid WebAssembly"),
        (b"nonsense\r\n\r\n", "cannot be loaded"),
    ],
)
def test_a_url_that_answers_wrongly_is_an_error(answer: bytes, why: str) -> None:
    with server(answer) as url, pytest.raises(Error, match=f"^Unable to compile Extism plugin: .*{why}"):
        extism.Plugin({"wasm": [{"url": url}]})


def test_the_digest_of_a_module_from_a_url_is_checked() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n\0asm\1\0\0\0"
    with server(answer) as url:
        assert not extism.Plugin({"wasm": [{"url": url}]}).function_exists("run_test")
        with pytest.raises(Error, match=r"Hash mismatch, found [0-9a-f]{64} but expected 00"):
            extism.Plugin({"wasm": [{"url": url, "hash": "00"}]})


@pytest.mark.slow
def test_plug_ins_that_end_in_any_way_leave_nothing() -> None:
    compiled = extism.CompiledPlugin({"wasm": [{"path": str(built("extism-rust"))}], "timeout_ms": 20}, functions=None)

    def use() -> None:
        with extism.Plugin(compiled) as plugin:
            assert plugin.call("echo", b"x" * 100_000) == b"x" * 100_000
            for export in ("do_unreachable", "fail"):
                with pytest.raises(Error):
                    plugin.call(export, "")
        left = extism.Plugin(compiled)
        with pytest.raises(Error, match="timeout"):
            left.call("loop_forever", "")

    use()
    before = _held()
    for _ in range(20):
        use()
    gc.collect()
    files, threads, kilobytes = (after - was for after, was in zip(_held(), before, strict=True))
    assert files <= 0
    assert threads <= 0
    assert kilobytes < 20_000


def _held() -> tuple[int, int, int]:
    """Open files, threads, and kilobytes of memory of this process."""
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), resident
