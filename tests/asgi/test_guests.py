"""One component, of whatever interface and language, is an app."""

import pytest
from starlette.testclient import TestClient

import atoll
from atoll.errors import UserError
from tests.support import built

GREETINGS = {
    "c-http": "Hello from C",
    "go-http": "Hello from Go",
    "js-http": "Hello from JavaScript",
    "js-http-p3": "Hello from QuickJS",
    "python-http": "Hello from Python",
    "python-http-p3": "Hello from Python 0.3",
    "python-http-p3rc": "Hello from Python 0.3",
    "python-spin3": "Hello from Spin SDK 3",
    "python-spin4": "Hello from Spin SDK 4",
    "python-spin5": "Hello from Spin SDK 5",
    "rust-http": "Hello from Rust",
    "rust-http-p3": "Hello from Rust 0.3",
    "rust-inbound-http-core": "Hello from inbound-http",
    "rust-spin3-core": "Hello from Spin SDK 3 for Rust",
    "rust-spin6": "Hello from Spin SDK 6 for Rust",
    "rust-spin7": "Hello from Spin SDK 7 for Rust",
}
ECHOING = ["rust-kitchen", "rust-http-p3", "js-http", "rust-inbound-http-core"]
SIZES = [0, 1, 65_536, 65_537, 1_000_000]


@pytest.mark.parametrize("guest", GREETINGS)
def test_it_answers_every_path(guest: str) -> None:
    app = TestClient(atoll.asgi(built(guest)))
    for path in ("/", "/any/path?with=a+query"):
        answer = app.get(path)
        assert answer.status_code == 200
        assert answer.text.strip() == GREETINGS[guest]


@pytest.mark.parametrize("guest", ECHOING)
def test_bodies_of_every_size_go_through_and_back(guest: str) -> None:
    app = TestClient(atoll.asgi(built(guest), limits={"deadline": "5s"}))
    assert [len(app.post("/echo", content=b"x" * size).content) for size in SIZES] == SIZES


@pytest.mark.parametrize("guest", ["python-http-p3", "python-http-p3rc"])
def test_a_body_that_a_guest_hands_on_arrives_whole(guest: str) -> None:
    # These return a response with the request's own stream as its body, and are done.
    app = TestClient(atoll.asgi(built(guest)))
    assert {len(app.post("/echo", content=b"x" * 1_000_000).content) for _ in range(20)} == {1_000_000}


@pytest.mark.parametrize("guest", ["wat-several-handlers", "wat-wrong-handler", "rust-shop", "go-wagi-p1"])
def test_what_cannot_be_served_is_refused_when_it_is_loaded(guest: str) -> None:
    with pytest.raises(UserError, match=guest):
        atoll.asgi(built(guest))
