"""Requests that are no events, and functions that fail: what the client is told, and what the log says."""

import re
import socket
import time

import httpx
import pytest

from atoll.host.functions.gateway import MAX_BODY_BYTES
from atoll.testing import Up

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("more", [1, 48 << 20])
def test_a_body_beyond_the_limit_is_refused(client: httpx.Client, more: int) -> None:
    got = client.post("/first/x", content=bytes(MAX_BODY_BYTES + more))
    assert (got.status_code, got.json()) == (413, {"message": "Request Too Long"})


def test_a_body_that_breaks_off_is_no_event(shop: Up) -> None:
    url = httpx.URL(shop.url)
    with socket.create_connection((url.host, url.port or 80), timeout=60) as client:
        client.sendall(b"POST /second/7 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nnone\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert not re.search(r"handling\[\w+\]: the guest trapped", shop.stderr)


def test_a_function_that_prints_too_much_is_ended(client: httpx.Client, shop: Up) -> None:
    assert len(client.get("/first/large").text) == 5 << 20
    got = client.get("/first/endless")
    assert got.status_code == 502
    shop.wait_for("limit-response|tool.atoll.limits.response_bytes")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("panic", "it gave nothing"),
        ("nothing", "it gave nothing"),
        ("noise", "what it gave is not JSON: 'this is no JSON"),
        ("status", "`statusCode` must be a number from 200 to 599, not 99"),
        ("plain", "`statusCode`"),
    ],
)
def test_a_function_that_gives_no_response_is_a_bad_gateway_and_the_log_says_why(
    client: httpx.Client, shop: Up, path: str, words: str
) -> None:
    number = _broken(client.get(f"/first/{path}"))
    shop.wait_for(f"the function `handling` gave no response to {number}: .*{re.escape(words)}")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("raise", r"greeter\[{number}\]: the guest trapped"),
        ("raise", r"greeter\[{number}\]: RuntimeError: as asked"),
        (
            "fail",
            "the function `greeter` gave no response to {number}: it gave an error: 'the greeter fails, as asked'",
        ),
    ],
)
def test_an_error_has_the_number_that_its_lines_have(client: httpx.Client, shop: Up, name: str, words: str) -> None:
    number = _broken(client.get("/greet", params={"name": name}))
    shop.wait_for(words.format(number=number))


def test_a_function_that_takes_too_long_is_ended(client: httpx.Client, shop: Up) -> None:
    began = time.monotonic()
    number = _broken(client.get("/first/sleep"))
    assert 1.5 < time.monotonic() - began < 20
    shop.wait_for(rf"handling\[{number}\]: .*deadline of 2000 ms")


def _broken(got: httpx.Response) -> str:
    """What a client is told of a function that failed; the number of the request."""
    assert (got.status_code, got.json()) == (502, {"message": "Internal server error"})
    return got.headers["atoll-request"]
