"""Nothing of one request is there for another, however many there are and whatever speeds them up."""

import socket

import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address, answering, built, until_closed

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


@pytest.mark.parametrize("flags", [(), ("--disable-pooling",)], ids=["pooled", "on demand"])
def test_a_secret_of_one_request_is_never_seen_by_ten_thousand_others(flags: tuple[str, ...]) -> None:
    with up(built("wat-secret"), "--workers", "2", "-L", "", *flags) as served:
        assert statuses(served, 10_000) == {b"HTTP/1.1 200 OK"}


def test_the_guest_does_leave_a_secret_where_its_instance_is_reused(make_app: MakeApp) -> None:
    """Without this the test above could not fail."""
    reused = make_app(answering("wat-secret") + "tool.atoll.reuse = { max_requests = 50 }\n")
    with up(reused, "--workers", "1", "-L", "") as served:
        assert statuses(served, 100) == {b"HTTP/1.1 200 OK", b"HTTP/1.1 500 Internal Server Error"}
