"""Nothing of one request is there for another, however many there are and whatever speeds them up."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address, answering, built, until_closed, write_app

REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
AT_ONCE = 100


def statuses(served: Up, requests: int) -> set[bytes]:
    """What so many requests are answered with, over connections that each carry a hundred of them."""
    seen: set[bytes] = set()
    for _ in range(requests // AT_ONCE):
        with socket.create_connection(address(served.url), timeout=60) as connection:
            connection.sendall(REQUEST * (AT_ONCE - 1) + REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
            answers = until_closed(connection)
        lines = [line for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
        assert len(lines) == AT_ONCE
        seen.update(lines)
    return seen


# Whatever makes instances cheaper: each lever of the server is one more row, and must let nothing through.
LEVERS: dict[str, tuple[str, ...]] = {"pooled": (), "on demand": ("--disable-pooling",)}
levers = pytest.mark.parametrize("flags", LEVERS.values(), ids=LEVERS.keys())

SEVERAL = """\
[[trigger.http]]
route = "/..."
component = "kitchen"
[component.kitchen]
source = "<rust-kitchen>"
[[trigger.http]]
route = "/wagi"
component = "wagi"
executor = { type = "wagi", argv = "env" }
[component.wagi]
source = "wagi.wat"
[[trigger.http]]
route = "/reused"
component = "reused"
[component.reused]
source = "<rust-kitchen>"
tool.atoll.reuse = { max_requests = 50 }
[[trigger.http]]
route = "/echo"
component = "shared"
[component.shared]
source = "<rust-http-p3>"
tool.atoll.reuse = { max_requests = 500, concurrency = 8 }
"""


@levers
def test_a_secret_of_one_request_is_never_seen_by_ten_thousand_others(flags: tuple[str, ...]) -> None:
    with up(built("wat-secret"), "--workers", "2", "-L", "", *flags) as served:
        assert statuses(served, 10_000) == {b"HTTP/1.1 200 OK"}


def test_the_guest_does_leave_a_secret_where_its_instance_is_reused(make_app: MakeApp) -> None:
    """Without this the test above could not fail."""
    reused = make_app(answering("wat-secret") + "tool.atoll.reuse = { max_requests = 50 }\n")
    with up(reused, "--workers", "1", "-L", "") as served:
        assert statuses(served, 100) == {b"HTTP/1.1 200 OK", b"HTTP/1.1 500 Internal Server Error"}


@pytest.fixture(scope="module", params=list(LEVERS.values()), ids=list(LEVERS))
def several(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Guests of each kind, some of whose instances serve many requests."""
    folder = tmp_path_factory.mktemp("several")
    (folder / "wagi.wat").write_text(SAYS_ALL)
    with up(write_app(folder, SEVERAL), "--workers", "1", "-L", "", *request.param) as served:
        yield served


def ask(client: httpx.Client, url: str, token: str) -> str:
    """One request that carries the token wherever a request can carry one."""
    # The guest of 0.3 takes its path as a whole.
    query = "" if url.endswith("/echo") else f"?{token}=1"
    headers = {"x-token": token, f"x-{token}": "1", "cookie": token}
    answer = client.post(url + query, headers=headers, content=token)
    return answer.text + repr(answer.headers)


@pytest.mark.parametrize("path", ["/headers", "/request", "/echo", "/wagi", "/reused", "/env", "/trailers"])
def test_nothing_of_a_request_is_there_for_the_next(several: Up, path: str) -> None:
    """Headers, arguments, environment, standard input and body: eight clients at a time, each with its own token."""
    tokens = [f"token{number:05}" for number in range(160)]
    with ThreadPoolExecutor(8) as pool, httpx.Client(timeout=30) as client:
        answers = list(pool.map(lambda token: ask(client, several.url + path, token), tokens))
    found = [set(re.findall(r"token\d{5}", answer, re.IGNORECASE)) for answer in answers]
    for token, seen in zip(tokens, found, strict=True):
        assert {each.lower() for each in seen} <= {token}
    # A guest that says nothing of its request would prove nothing.
    assert (path in ("/headers", "/request", "/echo", "/wagi")) == all(found)


def test_a_reused_instance_shares_its_memory_with_its_own_component_alone(several: Up, client: httpx.Client) -> None:
    """What reuse documents: the component's later requests; another component of the same file has another instance."""
    for _ in range(20):
        assert client.get(several.url + "/status?code=201").status_code == 201
        assert client.get(several.url + "/reused").status_code == 404


# Arguments, environment and standard input, as they come, behind the headers of CGI.
SAYS_ALL = """(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 64) "content-type: text/plain\\n\\n")
  (func $say (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (call $say (i32.const 64) (i32.const 26))
    (drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 4096) (i32.const 65536)))
    (call $say (i32.const 65536) (i32.load (i32.const 20)))
    (drop (call $environ_sizes (i32.const 16) (i32.const 20)))
    (drop (call $environ (i32.const 4096) (i32.const 65536)))
    (call $say (i32.const 65536) (i32.load (i32.const 20)))
    (i32.store (i32.const 0) (i32.const 131072))
    (i32.store (i32.const 4) (i32.const 65536))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $say (i32.const 131072) (i32.load (i32.const 8)))))
"""
