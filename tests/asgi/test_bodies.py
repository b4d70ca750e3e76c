"""Bodies flow in both directions as they come, and who reads slowly slows who writes."""

import asyncio
import http.client
import itertools
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from atoll.web import Mounted
from tests.asgi.serving import client, nothing_comes, served
from tests.support import address, built, exchange, resident

SERVERS = ["uvicorn", "uvicorn with httptools", "hypercorn", "granian"]
MIB = 1 << 20


def module(guest: str) -> str:
    """The text of a module with this guest as its app."""
    return f"import atoll\n\napp = atoll.asgi({str(built(guest))!r})\n"


def test_the_answer_begins_before_the_request_ends(mounted_kitchen: str) -> None:
    with socket.create_connection(address(mounted_kitchen), timeout=20) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        received = b""
        while b"first" not in received:
            received += connection.recv(1 << 16)
        connection.sendall(b"6\r\nsecond\r\n0\r\n\r\n")
        while not received.endswith(b"0\r\n\r\n"):
            received += connection.recv(1 << 16)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"second" in received


def test_a_guest_that_answers_without_its_body_is_not_made_to_wait_for_it(mounted_kitchen: str) -> None:
    with socket.create_connection(address(mounted_kitchen), timeout=20) as connection:
        connection.sendall(b"POST /status?code=201 HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 201")


def test_a_client_that_waits_for_a_word_hears_it_once_the_guest_reads(mounted_kitchen: str) -> None:
    with socket.create_connection(address(mounted_kitchen), timeout=20) as connection:
        connection.sendall(b"POST /trailers HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 100")
        connection.sendall(b"hello")
        received = b""
        while not received.endswith(b"0\r\n\r\n"):
            received += connection.recv(1 << 16)
    assert b"HTTP/1.1 200" in received


def test_a_client_that_waits_for_a_word_hears_none_from_a_guest_that_does_not_read(mounted_kitchen: str) -> None:
    with socket.create_connection(address(mounted_kitchen), timeout=20) as connection:
        connection.sendall(
            b"POST /status?code=403 HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
        )
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 403")


def test_portions_come_as_the_guest_writes_them(mounted_kitchen: str) -> None:
    with client() as asking, asking.stream("GET", mounted_kitchen + "/stream?chunks=4&size=10&pause=200") as answer:
        portions = list(answer.iter_raw())
    assert b"".join(portions) == b"x" * 40
    assert len(portions) > 1


@pytest.mark.parametrize("server", SERVERS)
def test_a_hundred_megabytes_go_through_and_back_in_little_memory(server: str, tmp_path: Path) -> None:
    sent, portion = 100, bytes(range(256)) * (MIB // 256)
    with served(tmp_path, module("rust-kitchen"), server) as running:
        with client() as asking:
            assert asking.get(running.url + "/").status_code == 200
        family = family_of(running.process.pid)
        before = sum(map(resident, family))
        connection = http.client.HTTPConnection(*address(running.url), timeout=120)
        connection.putrequest("POST", "/echo")
        connection.putheader("content-length", str(sent * MIB))
        connection.endheaders()

        def send() -> None:
            for _ in range(sent):
                connection.send(portion)

        sending = threading.Thread(target=send)
        sending.start()
        answer = connection.getresponse()
        most = 0
        for number in itertools.count():
            received = answer.read(MIB)
            if not received:
                break
            assert received == portion
            if number % 10 == 0:
                most = max(most, sum(map(resident, family)))
        sending.join()
        connection.close()
    assert number == sent
    assert most - before < 40 * MIB


def family_of(process: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *itertools.chain.from_iterable(map(family_of, map(int, children)))]


@pytest.mark.parametrize("server", SERVERS)
def test_a_client_that_reads_nothing_stops_its_guest(server: str, tmp_path: Path) -> None:
    with (
        served(tmp_path, module("rust-kitchen"), server) as running,
        socket.create_connection(address(running.url)) as connection,
    ):
        connection.sendall(b"GET /stream?chunks=100000&size=65536 HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(100)
        family = family_of(running.process.pid)
        before = sum(map(resident, family))
        with client() as asking:
            for _ in range(20):
                assert asking.get(running.url + "/sleep?ms=50").status_code == 200
        assert sum(map(resident, family)) - before < 20 * MIB


@pytest.mark.parametrize("server", SERVERS)
def test_a_guest_that_reads_nothing_stops_its_client(server: str, tmp_path: Path) -> None:
    with (
        served(tmp_path, module("rust-kitchen"), server) as running,
        socket.create_connection(address(running.url)) as connection,
    ):
        connection.sendall(b"POST /sleep?ms=1500 HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
        family = family_of(running.process.pid)
        before = sum(map(resident, family))
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.sendall(bytes(200 * MIB))
        assert sum(map(resident, family)) - before < 20 * MIB


async def asked(app: Mounted, path: str, **more: object) -> list[dict[str, Any]]:
    """The messages of an answer, from a server that knows the extensions in `more`."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"announce=1",
        "headers": [(b"host", b"x")],
        "http_version": "1.1",
        **more,
    }

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, nothing_comes, send)
    return sent


def test_trailers_reach_a_server_that_takes_them(kitchen_app: Mounted) -> None:
    start, *_, last = asyncio.run(asked(kitchen_app, "/trailers", extensions={"http.response.trailers": {}}))
    assert start["trailers"] is True
    assert (b"trailer", b"x-length") in start["headers"]
    assert last == {"type": "http.response.trailers", "headers": [(b"x-length", b"0")], "more_trailers": False}


def test_trailers_are_not_announced_to_a_server_that_takes_none(kitchen_app: Mounted) -> None:
    start, *_, last = asyncio.run(asked(kitchen_app, "/trailers"))
    assert "trailers" not in start
    assert b"trailer" not in dict(start["headers"])
    assert last["type"] == "http.response.body"
    assert last["more_body"] is False


def test_an_answer_to_head_has_no_body(mounted_kitchen: str) -> None:
    answer = exchange(mounted_kitchen, b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")


def test_a_whole_body_that_came_at_once_is_not_copied_in_portions(kitchen_app: Mounted) -> None:
    async def ask() -> bytes:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(kitchen_app), base_url="http://x") as asking:
            return (await asking.post("/echo", content=b"x" * (3 * MIB))).content

    assert asyncio.run(ask()) == b"x" * (3 * MIB)


def test_a_body_without_a_length_goes_through_httpx(kitchen_app: Mounted) -> None:
    async def body() -> AsyncIterator[bytes]:
        for number in range(20):
            yield bytes([number]) * 10_000

    async def ask() -> bytes:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(kitchen_app), base_url="http://x") as asking:
            return (await asking.post("/echo", content=body())).content

    assert asyncio.run(ask()) == b"".join(bytes([number]) * 10_000 for number in range(20))
