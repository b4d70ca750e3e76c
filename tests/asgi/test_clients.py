"""Clients that leave, guests that fail: each call ends alone."""

import asyncio
import logging
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

import atoll
from atoll.errors import UserError
from atoll.web import Mounted
from tests.asgi.serving import client, nothing_comes, uvicorn_on_a_thread, wait_until
from tests.support import address, built, exchange


@pytest.mark.parametrize("path", ["/sleep?ms=20000", "/stream?chunks=100000&size=65536", "/spin"])
def test_a_client_that_leaves_ends_its_call(path: str) -> None:
    app = atoll.asgi(built("rust-kitchen"))
    with uvicorn_on_a_thread(app) as url:
        with socket.create_connection(address(url), timeout=20) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            wait_until(lambda: not app.is_idle)
        wait_until(lambda: app.is_idle, 5)


def test_a_client_that_leaves_in_the_middle_of_its_body_ends_its_call() -> None:
    app = atoll.asgi(built("rust-kitchen"))
    with uvicorn_on_a_thread(app) as url:
        with socket.create_connection(address(url), timeout=20) as connection:
            connection.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\nfirst")
            received = b""
            while b"first" not in received:
                received += connection.recv(1 << 16)
            assert not app.is_idle
        wait_until(lambda: app.is_idle, 5)


def test_a_client_that_leaves_before_a_small_body_is_there_starts_no_call(kitchen_app: Mounted) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    headers = [(b"host", b"x"), (b"content-length", b"5")]
    scope = {"type": "http", "method": "POST", "path": "/echo", "query_string": b"", "headers": headers}
    asyncio.run(kitchen_app(scope, receive, send))


def test_a_cancelled_request_ends_its_call() -> None:
    app = atoll.asgi(built("rust-kitchen"))

    async def ask() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as asking:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asking.get("/sleep?ms=20000"), 0.3)

    asyncio.run(ask())
    wait_until(lambda: app.is_idle, 5)


def test_a_server_that_lost_its_client_is_no_error(kitchen_app: Mounted) -> None:
    async def send(message: Any) -> None:
        raise ConnectionResetError

    for path in ("/", "/stream"):
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"x")]}
        asyncio.run(kitchen_app(scope, nothing_comes, send))


@pytest.mark.parametrize("path", ["/panic", "/recurse", "/exit", "/silent"])
def test_a_guest_that_fails_is_answered_for_and_the_server_goes_on(mounted_kitchen: str, path: str) -> None:
    with client() as asking:
        assert asking.get(mounted_kitchen + path).status_code == 500
        assert asking.get(mounted_kitchen + "/").text == "Hello from the kitchen\n"


def test_an_answer_that_breaks_off_never_looks_whole(mounted_kitchen: str) -> None:
    for _ in range(5):
        answer = exchange(mounted_kitchen, b"GET /abort HTTP/1.1\r\nhost: x\r\n\r\n")
        assert not answer or int(answer.split()[1]) in (200, 500)
        assert not (answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"0\r\n\r\n"))


def test_an_answer_beyond_its_limit_breaks_off_with_a_coded_error() -> None:
    app = atoll.asgi(built("rust-kitchen"), limits={"response_bytes": "64KiB"})
    raised: list[BaseException] = []

    async def watching(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except UserError as error:
            raised.append(error)
            raise

    with uvicorn_on_a_thread(watching, lifespan="off", log_config=None) as url, client() as asking:
        logging.getLogger("uvicorn.error").disabled = True
        with pytest.raises(httpx.RemoteProtocolError):
            asking.get(url + "/stream?chunks=10000&size=65536&pause=1")
        assert asking.get(url + "/").status_code == 200
    logging.getLogger("uvicorn.error").disabled = False
    (error,) = raised
    assert isinstance(error, UserError)
    assert error.code == "limit-response-bytes"
    assert re.search(r"64 ?KiB|65536", error.message)


def test_more_calls_than_a_component_may_have_are_turned_away() -> None:
    app = atoll.asgi(built("rust-kitchen"), limits={"concurrency": 2, "queue": 1})
    with uvicorn_on_a_thread(app) as url, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: httpx.get(url + "/sleep?ms=700", timeout=30), range(8)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * 3 + [503] * 5
    assert {answer.headers.get("retry-after") for answer in answers if answer.status_code == 503} == {"1"}


def test_many_requests_at_once_are_all_answered(mounted_kitchen: str) -> None:
    async def ask() -> list[str]:
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(base_url=mounted_kitchen, timeout=60, limits=limits) as asking:
            paths = (["/", "/sleep?ms=20", "/stream?chunks=3&size=5000", "/panic"] * 100)[:400]
            answers = await asyncio.gather(*(asking.get(path) for path in paths))
        return [f"{answer.status_code} {len(answer.content)}" for answer in answers]

    answers = asyncio.run(ask())
    assert answers == ["200 23", "200 5", "200 15000", "500 0"] * 100


def test_several_threads_with_loops_of_their_own_use_one_app(kitchen_app: Mounted) -> None:
    async def ask(number: int) -> list[str]:
        transport = httpx.ASGITransport(kitchen_app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", timeout=60) as asking:
            paths = [f"/sleep?ms={number}", "/stream?chunks=2&size=70000", f"/request?{number}"] * 10
            answers = await asyncio.gather(*(asking.get(path) for path in paths))
        return [answer.text[:5] for answer in answers]

    results: dict[int, list[str]] = {}
    threads = [
        threading.Thread(target=lambda number=number: results.update({number: asyncio.run(ask(number))}))
        for number in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert list(results.values()) == [["slept", "xxxxx", "Metho"] * 10] * 8


def test_a_loop_that_was_closed_leaves_nothing_to_the_next(kitchen_app: Mounted) -> None:
    async def ask() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(kitchen_app), base_url="http://x") as asking:
            return (await asking.get("/sleep?ms=5")).status_code

    assert [asyncio.run(ask()) for _ in range(20)] == [200] * 20
