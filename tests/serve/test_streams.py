"""Bodies in both directions, trailers, and clients that leave."""

import http.client
import re
import signal
import socket
import threading

import httpx

from atoll.testing import Up, up
from tests.support import address, built, exchange, until_closed


def test_a_large_body_goes_through_and_back_unchanged(kitchen: Up) -> None:
    sent = bytes(range(256)) * 4096 * 8
    connection = http.client.HTTPConnection(*address(kitchen.url), timeout=30)
    connection.putrequest("POST", "/echo")
    connection.putheader("content-length", str(len(sent)))
    connection.endheaders()
    # The guest sends back while it reads: who does not read meanwhile would wait for ever.
    sending = threading.Thread(target=connection.send, args=(sent,))
    sending.start()
    received = connection.getresponse().read()
    sending.join()
    connection.close()
    assert received == sent


def test_the_answer_begins_before_the_request_ends(kitchen: Up) -> None:
    with socket.create_connection(address(kitchen.url), timeout=20) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        received = b""
        while b"first" not in received:
            received += connection.recv(1 << 16)
        connection.sendall(b"6\r\nsecond\r\n0\r\n\r\n")
        while b"second" not in received:
            received += connection.recv(1 << 16)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")


def test_chunks_come_as_the_guest_writes_them(kitchen: Up, client: httpx.Client) -> None:
    with client.stream("GET", kitchen.url + "/stream?chunks=3&size=1000") as answer:
        assert sum(map(len, answer.iter_raw())) == 3000


def trailers(kitchen: Up, path: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nte: trailers\r\nconnection: close\r\ncontent-length: 5\r\n\r\n"
    return exchange(kitchen.url, head.encode() + b"hello")


def test_trailers_that_the_guest_announces_reach_the_client(kitchen: Up) -> None:
    answer = trailers(kitchen, "/trailers?announce=1")
    assert b"the length is in the trailers" in answer
    assert re.search(rb"\r\n0\r\nx-length: 5\r\n\r\n$", answer)


def test_trailers_of_a_guest_that_ends_at_once_are_announced_for_it(kitchen: Up) -> None:
    # After a long call the next 32 run on another thread, and their heads leave before they have ended.
    answers = [trailers(kitchen, "/trailers") for _ in range(50)]
    assert any(answer.endswith(b"\r\n0\r\nx-length: 5\r\n\r\n") for answer in answers)


def test_a_connection_serves_many_requests(hello: Up) -> None:
    connection = http.client.HTTPConnection(*address(hello.url), timeout=20)
    for _ in range(50):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"Hello from C\n"
    connection.close()


def test_a_guest_that_fails_midway_never_looks_as_if_it_had_finished(kitchen: Up) -> None:
    for _ in range(10):
        answer = exchange(kitchen.url, b"GET /abort HTTP/1.1\r\nhost: x\r\n\r\n")
        assert not answer or int(answer.split()[1]) in (200, 500)
        assert not (answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"0\r\n\r\n"))


def test_a_client_that_leaves_ends_its_call() -> None:
    with up(built("rust-kitchen"), "--workers", "1", "--log-dir", "", "--access-log", "json") as app:
        with socket.create_connection(address(app.url), timeout=20) as connection:
            connection.sendall(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
            assert connection.recv(1 << 16)
        # A call that went on would keep the drain until its deadline; one that ended lets it end at once.
        app.signal(signal.SIGTERM)
        assert app.wait(timeout=8) == 0


def test_a_slow_reader_holds_the_guest_back_and_not_the_others(kitchen: Up, client: httpx.Client) -> None:
    with socket.create_connection(address(kitchen.url), timeout=20) as slow:
        slow.sendall(b"GET /stream?chunks=256&size=65536 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        for _ in range(5):
            assert client.get(kitchen.url + "/").status_code == 200
        received = until_closed(slow)
    assert received.count(b"x") >= 256 * 65536


def test_many_clients_at_once_all_get_their_own_answer(kitchen: Up) -> None:
    failed: list[str] = []

    def ask(name: str) -> None:
        with httpx.Client(timeout=30) as client:
            for turn in range(10):
                body = f"{name}-{turn}" * 50
                if client.post(kitchen.url + "/echo", content=body).text != body:
                    failed.append(body)

    threads = [threading.Thread(target=ask, args=(f"client-{number}",)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
