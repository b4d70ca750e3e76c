"""Apps below paths of a Django project: by its test clients, under WSGI and under ASGI."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.test import AsyncClient, Client

from tests.asgi import project
from tests.asgi.serving import client, uvicorn_on_a_thread, wait_until
from tests.support import address


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def wsgi() -> Iterator[str]:
    """The project behind a server of WSGI; its URL."""
    ServerHandler.http_version = "1.1"
    server: WSGIServer = make_server("127.0.0.1", 0, project.wsgi, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def asgi() -> Iterator[str]:
    """The same behind one of ASGI."""
    with uvicorn_on_a_thread(project.asgi, lifespan="off") as url:
        yield url


@pytest.mark.parametrize("mount", ["guests", "blocking"])
def test_django_s_own_client_reaches_the_guest(mount: str) -> None:
    inside = Client()
    assert inside.get("/own").content == b"own"
    assert inside.get(f"/{mount}/").content == b"Hello from the kitchen\n"
    assert inside.post(f"/{mount}/echo", b"hello", content_type="text/plain").content == b"hello"
    assert inside.get(f"/{mount}/status?code=404").status_code == 404
    assert inside.get(f"/{mount}/panic").status_code == 500
    assert inside.head(f"/{mount}/").content == b""


def test_django_s_asynchronous_client_reaches_the_guest() -> None:
    async def ask() -> list[bytes]:
        inside = AsyncClient()
        first = await inside.get("/guests/")
        slow: Any = await inside.get("/guests/stream?chunks=3&size=10&pause=50")
        return [first.content, b"".join([part async for part in slow.streaming_content])]

    assert asyncio.run(ask()) == [b"Hello from the kitchen\n", b"x" * 30]


@pytest.mark.parametrize(
    "path, seen, prefix",
    [
        ("/guests/request?q=%2F", "/request?q=%2F", "/guests"),
        ("/blocking/request", "/request", "/blocking"),
        ("/tenants/a/request", "/request", "/tenants/a"),
        ("/request?a=1", "/request?a=1", ""),
    ],
)
def test_the_guest_sees_the_path_below_its_mount(path: str, seen: str, prefix: str) -> None:
    inside = Client()
    assert f'"{seen}"' in inside.get(path).content.decode()
    told = inside.get(path.replace("request", "headers")).content.decode()
    assert prefix == "" or f"x-forwarded-prefix: {prefix}\n" in told


def test_a_body_goes_through_and_back_under_wsgi(wsgi: str) -> None:
    sent = bytes(range(256)) * 4096 * 4
    with client() as asking:
        assert asking.post(wsgi + "/blocking/echo", content=sent).content == sent
        assert asking.get(wsgi + "/blocking/headers", headers={"x-mine": "1"}).text.count("x-mine: 1") == 1


def test_a_body_goes_through_and_back_under_asgi(asgi: str) -> None:
    sent = bytes(range(256)) * 4096 * 4
    with client() as asking:
        assert asking.post(asgi + "/guests/echo", content=sent).content == sent
        assert asking.post(asgi + "/guests/echo", content=b"small").content == b"small"
        assert asking.post(asgi + "/guests/drain", content=b"x" * 3_000_000).text == "3000000"


@pytest.mark.parametrize("server, mount", [("wsgi", "blocking"), ("asgi", "guests")])
def test_portions_come_as_the_guest_writes_them(server: str, mount: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(server)
    with client() as asking, asking.stream("GET", f"{url}/{mount}/stream?chunks=4&size=10&pause=200") as answer:
        portions = list(answer.iter_raw())
    assert b"".join(portions) == b"x" * 40
    assert len(portions) > 1


def test_a_client_that_leaves_ends_its_call(asgi: str) -> None:
    with socket.create_connection(address(asgi), timeout=20) as connection:
        connection.sendall(b"GET /guests/stream?chunks=100000&size=65536&pause=1 HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(100)
        assert not project.kitchen.is_idle
    wait_until(lambda: project.kitchen.is_idle, 10)


def test_a_form_needs_no_token_of_django_s() -> None:
    inside = Client(enforce_csrf_checks=True)
    assert inside.post("/guests/echo", {"a": "1"}).status_code == 200


def test_headers_that_come_twice_stay_two(asgi: str, wsgi: str) -> None:
    from atoll.django import _response

    headers = [(b"set-cookie", b"a=1; Path=/"), (b"set-cookie", b"b=2"), (b"x-one", b"1")]
    response: Any = _response([{"type": "http.response.start", "status": 201, "headers": headers}])
    assert sorted(response.items()) == [("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2"), ("x-one", "1")]
    assert response.status_code == 201
