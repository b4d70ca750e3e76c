"""Apps below paths of a Django project: by its test clients, under WSGI and under ASGI."""

import asyncio
import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.test import AsyncClient, Client, override_settings
from django.urls import reverse

import atoll.django
from atoll.django.answers import whole
from atoll.errors import UserError
from tests.asgi import project
from tests.asgi.serving import client, uvicorn_on_a_thread, wait_until
from tests.support import address, built


class Threading(ThreadingMixIn, WSGIServer):
    """A thread a request, as `runserver` has it."""


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def wsgi_on_a_thread(application: Any) -> Iterator[str]:
    """The URL of a server of WSGI."""
    ServerHandler.http_version = "1.1"
    server: WSGIServer = make_server("127.0.0.1", 0, application, server_class=Threading, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def wsgi() -> Iterator[str]:
    """The project behind a server of WSGI; its URL."""
    with wsgi_on_a_thread(project.wsgi) as url:
        yield url


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
        ("/bare/request", "/request", "/bare"),
        ("/nested/deep/request", "/request", "/nested/deep"),
    ],
)
def test_the_guest_sees_the_path_below_its_mount(path: str, seen: str, prefix: str) -> None:
    inside = Client()
    assert f'"{seen}"' in inside.get(path).content.decode()
    told = inside.get(path.replace("request", "headers")).content.decode()
    assert prefix == "" or f"x-forwarded-prefix: {prefix}\n" in told


@pytest.mark.parametrize("path", ["/barest/request", "/guestsrequest"])
def test_a_path_that_only_begins_alike_is_not_below_the_mount(path: str) -> None:
    assert Client().get(path, follow=False).status_code == 404


def test_a_line_break_is_part_of_the_path() -> None:
    # A pattern that ended before it would lead to the guest's root.
    for mount in ("guests", "blocking"):
        assert Client().get(f"/{mount}/request%0A").content == b"no such path\n"


def test_the_pattern_can_be_reversed() -> None:
    assert reverse("bare", kwargs={"path": "request"}) == "/bare/request"


# Each of the two views under each of the two kinds of servers.
DOORS = [("wsgi", "blocking"), ("wsgi", "guests"), ("asgi", "guests"), ("asgi", "blocking")]


@pytest.mark.parametrize("server, mount", DOORS)
def test_a_body_goes_through_and_back(server: str, mount: str, request: pytest.FixtureRequest) -> None:
    url = f"{request.getfixturevalue(server)}/{mount}"
    sent = bytes(range(256)) * 4096 * 4
    with client() as asking:
        assert asking.post(url + "/echo", content=sent).content == sent
        assert asking.post(url + "/echo", content=b"small").content == b"small"
        assert asking.post(url + "/drain", content=b"x" * 3_000_000).text == "3000000"
        assert asking.get(url + "/headers", headers={"x-mine": "1"}).text.count("x-mine: 1") == 1


@pytest.mark.parametrize("mount", ["guests", "blocking"])
def test_an_uploaded_file_reaches_the_guest_as_it_was_sent(mount: str, asgi: str) -> None:
    with client() as asking:
        request = asking.build_request("POST", f"{asgi}/{mount}/echo", files={"file": ("a.bin", b"\0\1" * 2_000_000)})
        sent = request.read()
        assert asking.send(request).content == sent


@pytest.mark.parametrize("server, mount", DOORS)
def test_portions_come_as_the_guest_writes_them(server: str, mount: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(server)
    with client() as asking, asking.stream("GET", f"{url}/{mount}/stream?chunks=4&size=10&pause=200") as answer:
        portions = list(answer.iter_raw())
    assert b"".join(portions) == b"x" * 40
    assert len(portions) > 1


@pytest.mark.parametrize("path", ["stream?chunks=100000&size=65536&pause=1", "sleep?ms=15000", "spin"])
def test_a_client_that_leaves_ends_its_call(asgi: str, path: str) -> None:
    with socket.create_connection(address(asgi), timeout=20) as connection:
        connection.sendall(f"GET /guests/{path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        wait_until(lambda: not project.kitchen.is_idle, 10)
    wait_until(lambda: project.kitchen.is_idle, 10)


@pytest.mark.parametrize("mount", ["guests", "blocking"])
def test_a_client_that_leaves_a_server_of_wsgi_ends_its_call_with_the_next_write(wsgi: str, mount: str) -> None:
    with socket.create_connection(address(wsgi), timeout=20) as connection:
        connection.sendall(f"GET /{mount}/stream?chunks=100000&size=65536 HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        assert connection.recv(100)
        assert not project.kitchen.is_idle
    wait_until(lambda: project.kitchen.is_idle, 10)


@pytest.mark.parametrize("mount", ["guests", "blocking"])
def test_a_response_that_middleware_replaces_ends_its_call(mount: str) -> None:
    streamed: Any = Client().get(f"/{mount}/stream?chunks=100000&size=65536&pause=5")
    assert not project.kitchen.is_idle
    streamed.close()
    wait_until(lambda: project.kitchen.is_idle, 10)


def test_tests_read_an_answer_the_same_way_be_it_streamed_or_not() -> None:
    slow: Any = Client().get("/guests/stream?chunks=2&size=10&pause=50")
    assert slow.streaming
    assert (slow.content, slow.text) == (b"x" * 20, "x" * 20)
    assert b"".join(slow) == b"x" * 20


def test_tests_on_a_loop_do_so_too() -> None:
    async def ask() -> None:
        for path in ("/guests/stream?chunks=2&size=10&pause=50", "/blocking/stream?chunks=2&size=10&pause=50"):
            slow: Any = await AsyncClient().get(path)
            assert slow.is_async
            assert (slow.content, slow.text) == (b"x" * 20, "x" * 20)
            assert b"".join([part async for part in slow]) == b"x" * 20

    asyncio.run(ask())


def test_an_answer_says_the_length_that_its_guest_said_and_no_other() -> None:
    for path, method in [("/guests/", "HEAD"), ("/guests/status?code=204", "GET"), ("/guests/panic", "GET")]:
        headers = dict(Client().generic(method, path).items())
        length = {name.lower(): value for name, value in headers.items()}.get("content-length")
        assert length in {"HEAD": (None, "23")}.get(method, (None,) if "204" in path else ("0",))


@pytest.mark.parametrize("mount", ["guests", "blocking"])
def test_limits_end_calls_as_ever(mount: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.urls import clear_url_caches, set_urlconf

    hasty = atoll.asgi(built("rust-kitchen"), limits={"deadline": "200ms", "response_bytes": "64KiB"})
    pattern = atoll.django.mount(f"{mount}/", hasty, is_async=mount == "guests")
    monkeypatch.setattr(project, "urlpatterns", [pattern])
    clear_url_caches()
    try:
        assert Client().get(f"/{mount}/sleep?ms=5000").status_code == 504
        with pytest.raises(UserError, match=r"response|bytes"):
            assert Client().get(f"/{mount}/stream?chunks=1000&size=65536&pause=1").content
    finally:
        monkeypatch.undo()
        clear_url_caches()
        set_urlconf(None)


@pytest.mark.parametrize("mount", ["guests", "blocking"])
@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_middleware_of_both_kinds_stands_around_it(mount: str, kind: str) -> None:
    names = ["django.middleware.gzip.GZipMiddleware", "tests.asgi.project.passing"]
    with override_settings(MIDDLEWARE=names):
        application = get_asgi_application() if kind == "asgi" else get_wsgi_application()
    serving = uvicorn_on_a_thread(application, lifespan="off") if kind == "asgi" else wsgi_on_a_thread(application)
    with serving as url, client() as asking:
        path = f"{url}/{mount}/stream?chunks=64&size=65536"
        with asking.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            # Under ASGI, Django makes a gzip file of each portion.
            unpacked = gzip.decompress(b"".join(answer.iter_raw()))
        small = asking.post(f"{url}/{mount}/echo", content=b"small")
    assert (answer.headers["content-encoding"], answer.headers["x-passed"]) == ("gzip", "1")
    assert unpacked == b"x" * (64 << 16)
    assert small.content == b"small"


@pytest.mark.parametrize("mount", ["guests", "blocking"])
@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_a_script_name_is_part_of_the_mount(mount: str, kind: str) -> None:
    with override_settings(FORCE_SCRIPT_NAME="/behind/proxy"):
        application = get_asgi_application() if kind == "asgi" else get_wsgi_application()
        serving = uvicorn_on_a_thread(application, lifespan="off") if kind == "asgi" else wsgi_on_a_thread(application)
        with serving as url, client() as asking:
            told = asking.get(f"{url}/{mount}/headers").text
    assert f"x-forwarded-prefix: /behind/proxy/{mount}\n" in told
    assert "spin-path-info: /headers\n" in told


def test_a_form_needs_no_token_of_django_s() -> None:
    inside = Client(enforce_csrf_checks=True)
    assert inside.post("/guests/echo", {"a": "1"}).status_code == 200


def test_headers_that_come_twice_stay_two() -> None:
    headers = [(b"set-cookie", b"a=1; Path=/"), (b"set-cookie", b"b=2"), (b"x-one", b"1")]
    response = whole([{"type": "http.response.start", "status": 201, "headers": headers}])
    assert sorted(response.items()) == [("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2"), ("x-one", "1")]
    assert response.status_code == 201
