"""Middleware of Starlette around a mounted app does its work, and streams stay streams."""

import gzip
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount

import atoll
from atoll.web import Mounted
from tests.asgi.serving import uvicorn_on_a_thread, wait_until
from tests.support import address, built


async def stamp(request: Request, following: Any) -> Response:
    """Adds a header."""
    answer: Response = await following(request)
    answer.headers["x-stamp"] = "1"
    return answer


async def count(request: Request, following: Any) -> Response:
    """Reads the body first."""
    length = len(await request.body())
    answer: Response = await following(request)
    answer.headers["x-length"] = str(length)
    return answer


async def forbid(request: Request, following: Any) -> Response:
    """Lets nobody through to one path, with or without a body."""
    if request.url.path.endswith("/forbidden"):
        return PlainTextResponse("no", 403)
    answer: Response = await following(request)
    return answer


@pytest.fixture(scope="module")
def guests() -> Mounted:
    return atoll.asgi(built("rust-kitchen"))


@pytest.fixture(scope="module")
def outer(guests: Mounted) -> Iterator[str]:
    """The URL of the kitchen below `/guests`, behind five kinds of middleware."""
    middleware = [
        Middleware(CORSMiddleware, allow_origins=["https://example.com"], allow_methods=["PUT"]),
        Middleware(GZipMiddleware, minimum_size=100),
        *(Middleware(BaseHTTPMiddleware, dispatch=one) for one in (stamp, count, forbid)),
    ]
    with uvicorn_on_a_thread(Starlette(routes=[Mount("/guests", guests)], middleware=middleware)) as url:
        yield url


def test_each_does_its_part(outer: str) -> None:
    asked = {"origin": "https://example.com", "accept-encoding": "gzip"}
    answer = httpx.post(outer + "/guests/echo", content=b"x" * 300_000, headers=asked, timeout=30)
    assert answer.content == b"x" * 300_000
    assert {name: answer.headers[name] for name in ("x-stamp", "x-length", "content-encoding")} == {
        "x-stamp": "1",
        "x-length": "300000",
        "content-encoding": "gzip",
    }
    assert answer.headers["access-control-allow-origin"] == "https://example.com"


def test_a_preflight_does_not_reach_the_guest(outer: str) -> None:
    asked = {"origin": "https://example.com", "access-control-request-method": "PUT"}
    answer = httpx.options(outer + "/guests/status?code=500", headers=asked, timeout=30)
    assert (answer.status_code, answer.text) == (200, "OK")
    # Without an origin it is a request like others.
    assert "Options" in httpx.options(outer + "/guests/request", timeout=30).text


def test_what_middleware_refuses_does_not_reach_the_guest(outer: str) -> None:
    assert httpx.post(outer + "/guests/forbidden", content=b"x" * 100_000, timeout=30).status_code == 403


def test_pieces_come_as_the_guest_writes_them(outer: str) -> None:
    began = time.monotonic()
    headers = {"accept-encoding": "identity"}
    url = outer + "/guests/stream?chunks=3&size=10&pause=400"
    with httpx.stream("GET", url, timeout=30, headers=headers) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"x" * 10
        assert time.monotonic() - began < 0.7
        assert b"".join(pieces) == b"x" * 20


def test_large_answers_are_compressed_as_they_come(outer: str) -> None:
    url = outer + "/guests/stream?chunks=64&size=65536"
    with httpx.stream("GET", url, timeout=30, headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert gzip.decompress(packed) == b"x" * (64 << 16)


@pytest.mark.parametrize("path", ["/sleep?ms=15000", "/stream?chunks=100000&size=65536"])
def test_a_client_that_leaves_ends_its_call(outer: str, guests: Mounted, path: str) -> None:
    with socket.create_connection(address(outer), timeout=20) as connection:
        connection.sendall(f"GET /guests{path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        wait_until(lambda: not guests.is_idle, 5)
    wait_until(lambda: guests.is_idle, 5)


def test_a_body_that_middleware_did_not_read_is_still_there(guests: Mounted) -> None:
    wrapped = BaseHTTPMiddleware(Starlette(routes=[Mount("/", guests)]), stamp)
    with uvicorn_on_a_thread(wrapped) as url:
        answer = httpx.post(url + "/echo", content=b"x" * 300_000, timeout=30)
    assert (answer.headers["x-stamp"], len(answer.content)) == ("1", 300_000)
