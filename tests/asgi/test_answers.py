"""An app answers the same inside of a program as under `atoll up`."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import atoll
from atoll.testing import up
from tests.asgi.serving import client, uvicorn_on_a_thread
from tests.support import write_app

APP = """\
version = "1.0"
[[trigger.http]]
route = "/..."
component = "kitchen"
[[trigger.http]]
route = "/users/:id/posts/..."
component = "kitchen"
[[trigger.http]]
route = "/fixed"
static_response = { status_code = 418, headers = { x-kind = "fixed" }, body = "short and stout\\n" }
[[trigger.http]]
route = "/cgi/..."
component = "cgi"
executor = { type = "wagi" }
[[trigger.http]]
route = "/hasty/..."
component = "hasty"
[[trigger.http]]
route = "/sleep"
component = "hasty"
[[trigger.http]]
route = "/memory"
component = "small"
[[trigger.http]]
route = "/again"
component = "caller"
[[trigger.http]]
route = "/fetch"
component = "caller"
[[trigger.http]]
route = "/reused"
component = "reused"
[component.kitchen]
source = "<rust-kitchen>"
environment = { GREETING = "good morning" }
[component.cgi]
source = "<go-wagi-p1>"
[component.hasty]
source = "<rust-kitchen>"
tool.atoll.limits = { deadline = "200ms" }
[component.small]
source = "<rust-kitchen>"
tool.atoll.limits = { memory = "16MiB" }
[component.caller]
source = "<rust-kitchen>"
allowed_outbound_hosts = ["http://kitchen.spin.internal", "http://self"]
[component.reused]
source = "<rust-http-p3>"
tool.atoll.reuse = { max_requests = 1000 }
"""

# Headers of the server itself.
OWN = {"date", "server", "connection", "keep-alive"}

Ask = dict[str, Any]
REQUESTS: dict[str, Ask] = {
    "hello": {"url": "/"},
    "own headers": {
        "url": "/headers",
        "headers": {"x-mine": "1", "spin-path-info": "forged", "connection": "x-gone", "x-gone": "1"},
    },
    "repeated headers": {"url": "/headers", "headers": [("x-two", "1"), ("x-two", "2")]},
    "cookies": {"url": "/headers", "headers": [("cookie", "a=1; b=2")]},
    "request line": {"url": "/request?q=1&p=%20x"},
    "parameters": {"url": "/users/a%20b/posts/c%2Fd?e=f"},
    "double slashes": {"url": "//headers"},
    "dots": {"url": "/a/../headers"},
    "no such path": {"url": "/nothing/here"},
    "static": {"url": "/fixed"},
    "static, head": {"url": "/fixed", "method": "HEAD"},
    "static, post": {"url": "/fixed", "method": "POST", "content": b"x"},
    "health": {"url": "/.well-known/spin/health"},
    "info": {"url": "/.well-known/spin/info"},
    "own path that is none": {"url": "/.well-known/spin/other"},
    "head": {"url": "/", "method": "HEAD"},
    "options": {"url": "/request", "method": "OPTIONS"},
    "delete": {"url": "/request", "method": "DELETE"},
    "a method of somebody's own": {"url": "/request", "method": "BREW"},
    "small body": {"url": "/echo", "method": "POST", "content": b"hello"},
    "empty body": {"url": "/echo", "method": "POST"},
    "body of several reads": {"url": "/echo", "method": "POST", "content": b"0123456789" * 30_000},
    "body that is counted": {"url": "/drain", "method": "PUT", "content": b"x" * 200_000},
    "body that nobody reads": {"url": "/status?code=201", "method": "POST", "content": b"x" * 1000},
    "body too large": {"url": "/echo", "method": "POST", "headers": {"content-length": str(2 << 30)}, "content": b""},
    "created": {"url": "/status?code=201"},
    "no content": {"url": "/status?code=204"},
    "not modified": {"url": "/status?code=304"},
    "not found by the guest": {"url": "/status?code=404"},
    "interim status": {"url": "/status?code=103"},
    "teapot": {"url": "/status?code=418"},
    "stream": {"url": "/stream?chunks=5&size=10000"},
    "environment": {"url": "/env"},
    "panic": {"url": "/panic"},
    "error": {"url": "/error"},
    "silent": {"url": "/silent"},
    "exit": {"url": "/exit"},
    "deadline": {"url": "/sleep?ms=5000"},
    "memory": {"url": "/memory"},
    "cgi environment": {"url": "/cgi/env?x=1"},
    "cgi echo": {"url": "/cgi/echo", "method": "POST", "content": b"to the program"},
    "cgi status": {"url": "/cgi/status"},
    "cgi redirect": {"url": "/cgi/redirect"},
    "cgi broken": {"url": "/cgi/broken"},
    "cgi failure": {"url": "/cgi/fail"},
    "another component": {"url": "/fetch?url=http://kitchen.spin.internal/request"},
    "the app itself": {"url": "/fetch?url=/fixed"},
    "a host that was not granted": {"url": "/fetch?url=http://example.com/"},
    "without end": {"url": "/again?at=http://self"},
    "kept instance": {"url": "/reused"},
    "long uri": {"url": "/" + "x" * 9_000},
    "many headers": {"url": "/", "headers": {f"x-{number}": "1" for number in range(120)}},
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URLs of `atoll up` and of uvicorn with the same app."""
    manifest = write_app(tmp_path_factory.mktemp("app"), APP)
    with (
        up(manifest, "--workers", "1", "--log-dir", "", "--quiet") as ours,
        uvicorn_on_a_thread(atoll.asgi(manifest)) as inside,
    ):
        yield ours.url, inside


def answer(url: str, ask: Ask) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body, without what is the server's own or this moment's."""
    with client() as asking:
        request = httpx.Request(**{"method": "GET", **ask, "url": url + ask["url"]})
        request.headers["host"] = "example.com"
        answered = asking.send(request)
    headers = sorted((name, value) for name, value in answered.headers.multi_items() if name not in OWN)
    lines = [line for line in answered.content.splitlines(keepends=True) if not _is_of_this_moment(line)]
    return answered.status_code, headers, b"".join(lines)


def _is_of_this_moment(line: bytes) -> bool:
    return line.lower().startswith((b"spin-client-addr", b"remote_addr", b"remote_host", b"remote_port", b"http_x_"))


@pytest.mark.parametrize("ask", REQUESTS.values(), ids=REQUESTS)
def test_status_headers_and_body_are_those_of_up(both: tuple[str, str], ask: Ask) -> None:
    theirs, inside = both
    assert answer(inside, ask) == answer(theirs, ask)
