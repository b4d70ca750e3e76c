"""Apps below a path of another one: the guest sees the path as if it were served alone."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import atoll
from atoll.web import Mounted
from tests.asgi.serving import client, uvicorn_on_a_thread
from tests.support import built, exchange, write_app


class Answered(Protocol):
    """A response of httpx, or of the client of Starlette's tests."""

    @property
    def status_code(self) -> int: ...
    @property
    def text(self) -> str: ...


def lines(answer: Answered) -> dict[str, str]:
    """What `/headers` tells, by name."""
    assert answer.status_code == 200
    return dict(line.split(": ", 1) for line in answer.text.splitlines() if ": " in line)


def own(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("own")


@pytest.fixture(scope="module")
def outer(kitchen_app: Mounted) -> Iterator[str]:
    """An app of Starlette that has the kitchen below several paths."""
    routes = [
        Route("/", own),
        Mount("/guests", kitchen_app),
        Mount("/tenants/{tenant}/app", kitchen_app),
        Mount("/deep", routes=[Mount("/er", kitchen_app)]),
        Mount("/caf\N{LATIN SMALL LETTER E WITH ACUTE} bar", kitchen_app),
    ]
    with uvicorn_on_a_thread(Starlette(routes=routes)) as url:
        yield url


@pytest.mark.parametrize(
    "path, seen, prefix",
    [
        ("/guests/request?q=1", "/request?q=1", "/guests"),
        ("/guests/request?q=%2F", "/request?q=%2F", "/guests"),
        ("/tenants/a%2Fb/app/request", "", ""),
        ("/tenants/a%20b/app/request", "/request", "/tenants/a%20b/app"),
        ("/deep/er/request", "/request", "/deep/er"),
        ("/caf%C3%A9%20bar/request", "/request", "/caf%C3%A9%20bar"),
        ("/caf%c3%a9%20bar/request", "/request", "/caf%c3%a9%20bar"),
    ],
)
def test_the_guest_sees_the_path_below_its_mount(outer: str, path: str, seen: str, prefix: str) -> None:
    with client() as asking:
        if not seen:
            # Starlette's own parameters end at a slash, be it encoded or not.
            assert asking.get(outer + path).status_code == 404
            return
        assert f'"{seen}"' in asking.get(outer + path).text
        headers = lines(asking.get(outer + path.replace("/request", "/headers")))
    assert headers["x-forwarded-prefix"] == prefix
    assert headers["spin-full-url"].endswith(seen.replace("/request", "/headers"))
    assert headers["spin-path-info"] == "/headers"


@pytest.mark.parametrize("part", ["a%2Fb%20c", "%2E%2E", "caf%c3%a9", "a;b=c", "%25"])
def test_the_path_below_the_mount_is_left_as_it_was_sent(parted: str, part: str) -> None:
    sent = f"GET /guests/parts/{part}/env?q=%2F+ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    told = exchange(parted, sent.encode()).decode().splitlines()
    assert f"X_FULL_URL=http://x/parts/{part}/env?q=%2F+" in told


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A mounted app with a part of any name in its route, which tells what it sees."""
    program = 'route = "/parts/:part/..."\ncomponent = "k"\nexecutor = { type = "wagi" }\n'
    rest = f'[[trigger.http]]\n{program}[component.k]\nsource = "<go-wagi-p1>"\n'
    guests = atoll.asgi(write_app(tmp_path_factory.mktemp("parted"), rest))
    with uvicorn_on_a_thread(Starlette(routes=[Mount("/guests", guests)])) as url:
        yield url


def test_the_mount_itself_is_the_root(outer: str) -> None:
    with client() as asking:
        assert asking.get(outer + "/guests/").text == "Hello from the kitchen\n"
        assert asking.get(outer + "/guests", follow_redirects=True).text == "Hello from the kitchen\n"
        assert asking.get(outer + "/").text == "own"


def test_a_client_cannot_say_where_the_mount_is(outer: str) -> None:
    with client() as asking:
        headers = lines(asking.get(outer + "/guests/headers", headers={"x-forwarded-prefix": "/forged"}))
    assert headers["x-forwarded-prefix"] == "/guests"


def test_without_a_mount_the_header_is_whoever_sent_it(mounted_kitchen: str) -> None:
    with client() as asking:
        assert "x-forwarded-prefix" not in lines(asking.get(mounted_kitchen + "/headers"))
        headers = lines(asking.get(mounted_kitchen + "/headers", headers={"x-forwarded-prefix": "/proxy"}))
    assert headers["x-forwarded-prefix"] == "/proxy"


def test_a_root_path_of_the_server_is_a_mount(kitchen_app: Mounted) -> None:
    with uvicorn_on_a_thread(kitchen_app, root_path="/behind/proxy") as url, client() as asking:
        headers = lines(asking.get(url + "/headers"))
    assert headers["x-forwarded-prefix"] == "/behind/proxy"
    assert headers["spin-path-info"] == "/headers"


@pytest.mark.parametrize("given", ["/behind", "/caf\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_prefix_that_was_cut_off_before_is_part_of_the_mount(kitchen_app: Mounted, given: str) -> None:
    # As with a proxy that cuts it off, or servers that do not put it before the path.
    outside = Starlette(routes=[Mount("/guests", kitchen_app)])
    with TestClient(outside) as inside:
        cut = SettingRootPath(outside, given, is_cut=True)
        kept = SettingRootPath(outside, given, is_cut=False)
        for app in (cut, kept):
            headers = lines(TestClient(app).get("/guests/headers"))
            assert headers["x-forwarded-prefix"] == quote(given) + "/guests"
            assert headers["spin-path-info"] == "/headers"
        assert inside.get("/guests/").status_code == 200


class SettingRootPath:
    """A server with a root path."""

    def __init__(self, app: Any, root_path: str, *, is_cut: bool) -> None:
        self.app = app
        self.root_path = root_path
        self.is_cut = is_cut

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        before = "" if self.is_cut else self.root_path
        raw = quote(before).encode() + scope["raw_path"]
        changed = {"root_path": self.root_path, "path": before + scope["path"], "raw_path": raw}
        await self.app({**scope, **changed}, receive, send)


def test_client_and_scheme_reach_the_guest(mounted_kitchen: str, kitchen_app: Mounted) -> None:
    with client() as asking:
        assert lines(asking.get(mounted_kitchen + "/headers"))["spin-client-addr"].startswith("127.0.0.1:")
        assert lines(asking.get(mounted_kitchen + "/headers"))["spin-full-url"].startswith("http://127.0.0.1:")
    with TestClient(kitchen_app, base_url="https://example.com", client=("2001:db8::1", 77)) as inside:
        headers = lines(inside.get("/headers"))
    assert headers["spin-client-addr"] == "[2001:db8::1]:77"
    assert headers["spin-full-url"] == "https://example.com/headers"


def test_a_client_without_an_address_is_on_this_machine(kitchen_app: Mounted) -> None:
    with TestClient(kitchen_app) as inside:
        assert lines(inside.get("/headers"))["spin-client-addr"] == "127.0.0.1:0"


def test_fastapi_mounts_apps_beside_its_own_routes(kitchen_app: Mounted) -> None:
    outside = FastAPI()

    @outside.get("/sum")
    def total(one: int, other: int) -> int:
        return one + other

    outside.mount("/guests", kitchen_app)
    with TestClient(outside) as inside:
        assert inside.get("/sum?one=1&other=2").json() == 3
        assert inside.get("/guests/").text == "Hello from the kitchen\n"
        assert inside.post("/guests/echo", content=b"hello").content == b"hello"
        assert inside.get("/guests/status?code=404").status_code == 404


def test_several_apps_in_one_process_share_an_engine_and_nothing_else(tmp_path: Path) -> None:
    mounts = []
    for name in ("one", "two"):
        (folder := tmp_path / name).mkdir()
        route = '[[trigger.http]]\nroute = "/..."\ncomponent = "k"\n[component.k]\nsource = "<rust-kitchen>"\n'
        manifest = write_app(folder, f'{route}environment = {{ NAME = "{name}" }}\n')
        mounts.append(Mount(f"/{name}", atoll.asgi(manifest)))
    mounts.append(Mount("/three", atoll.asgi(built("c-http"))))
    with TestClient(Starlette(routes=mounts)) as inside:
        assert inside.get("/one/env").text == "NAME=one\n"
        assert inside.get("/two/env").text == "NAME=two\n"
        assert inside.get("/three/env").text == "Hello from C\n"


def test_a_websocket_is_refused(kitchen_app: Mounted) -> None:
    outside = Starlette(routes=[Mount("/guests", kitchen_app), WebSocketRoute("/own", own)])
    with TestClient(outside) as inside, pytest.raises(WebSocketDisconnect), inside.websocket_connect("/guests/ws"):
        pass


def test_what_is_no_scope_of_http_is_an_error(kitchen_app: Mounted) -> None:
    with pytest.raises(ValueError, match="the type 'carrier-pigeon'"):
        kitchen_app({"type": "carrier-pigeon"}, None, None).send(None)  # type: ignore[arg-type]


async def answered(app: Mounted, scope: dict[str, object]) -> int:
    """The status of the answer to a request without a body."""
    sent: list[Any] = []
    body = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, object]:
        if not body:
            # As a server does whose client stays.
            await asyncio.Event().wait()
        return body.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "scope, status",
    [
        ({"headers": [(b"host", b"x"), (b"bad name", b"1")]}, 400),
        ({"headers": [(b"host", b"x"), (b"name", b"1\n2")]}, 400),
        ({"raw_path": b"/a b"}, 400),
        ({"method": "G T"}, 400),
        ({"method": "CONNECT"}, 405),
        ({"headers": []}, 400),
        ({"headers": [], "http_version": "1.0"}, 200),
        ({"headers": [(b"host", b"x"), (b"host", b"y")]}, 400),
        ({"headers": [(b"host", b"x")] + [(b"a%d" % number, b"1") for number in range(40_000)]}, 431),
        ({"path": "/", "raw_path": None}, 200),
        ({"path": "/", "raw_path": None, "client": None, "http_version": "2"}, 200),
        ({"path": "/", "raw_path": None, "client": ["nobody", None], "extensions": None}, 200),
    ],
)
def test_a_scope_that_cannot_be_a_request_has_an_answer(
    kitchen_app: Mounted, scope: dict[str, object], status: int
) -> None:
    usual = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"x")]}
    assert asyncio.run(answered(kitchen_app, usual | scope)) == status
