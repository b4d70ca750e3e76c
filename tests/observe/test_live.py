"""Whom the server of live reload tells what, and whom nothing."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from atoll.errors import UserError
from atoll.observe.live import Live
from atoll.observe.live.origins import is_from_here

Told = tuple[str, Any]


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.chdir(tmp_path)
    with closing(Live("127.0.0.1", None)) as live:
        yield live


@contextmanager
def listening(live: Live, **headers: str) -> Iterator[Iterator[Told]]:
    """What a page hears, event by event."""
    with httpx.stream("GET", f"http://127.0.0.1:{live.port}/events", headers=headers, timeout=30) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        yield heard(answer.iter_lines())


def heard(lines: Iterator[str]) -> Iterator[Told]:
    for line in lines:
        if line.startswith("event: "):
            yield line.removeprefix("event: "), json.loads(next(lines).removeprefix("data: "))


def test_a_page_hears_what_happens(live: Live) -> None:
    with listening(live) as events:
        kind, hello = next(events)
        assert (kind, hello["event"]) == ("hello", None)
        live.tell("building", "")
        assert next(events) == ("building", "")
        live.tell("failed", "\x1b[1;31merror\x1b[0m: no\nsuch <thing>")
        assert next(events) == ("failed", "error: no\nsuch <thing>")
        live.tell("reload", "")
        kind, generation = next(events)
        assert (kind, generation == hello["generation"]) == ("reload", False)
    with listening(live) as events:
        _, hello = next(events)
        assert (hello["generation"], hello["event"]) == (generation, None)
        assert 0 <= hello["age"] < 30_000


def test_a_page_that_comes_later_hears_what_is_going_on(live: Live) -> None:
    live.tell("failed", "no")
    with listening(live) as events:
        assert next(events)[1]["event"] == ["failed", "no"]
    live.tell("building", "")
    with listening(live) as events:
        assert next(events)[1]["event"] == ["building", ""]


def test_all_pages_hear_it(live: Live) -> None:
    first = [listening(live) for _ in range(10)]
    pages = [page.__enter__() for page in first]
    assert {next(page)[0] for page in pages} == {"hello"}
    live.tell("reload", "")
    assert {next(page)[0] for page in pages} == {"reload"}
    for page in first:
        page.__exit__(None, None, None)


def test_a_page_that_listens_for_long_is_kept(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.observe.live.server._KEEP_ALIVE", 0.05)
    with httpx.stream("GET", f"http://127.0.0.1:{live.port}/events", timeout=30) as answer:
        lines = answer.iter_lines()
        kept = [line for line, _ in zip(lines, range(12), strict=False)]
        assert kept.count(":") >= 3
        live.tell("building", "")
        assert "event: building" in lines


def test_beyond_the_most_pages_new_ones_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.observe.live.server._MOST", 2)
    with closing(Live("127.0.0.1", None)) as live, listening(live), listening(live):
        page = listening(live)
        with pytest.raises(httpx.HTTPError):
            page.__enter__()


def test_when_it_closes_pages_are_left_and_its_port_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    live = Live("127.0.0.1", None)
    with listening(live) as events:
        next(events)
        live.close()
        assert list(events) == []
    # The pages of the last time find the next one.
    with closing(Live("127.0.0.1", None)) as again, closing(Live("127.0.0.1", None)) as another:
        assert again.port == live.port
        assert another.port != live.port


@pytest.mark.parametrize(
    ("host", "origin", "listening", "answered"),
    [
        ("127.0.0.1:1", None, "127.0.0.1", True),
        ("127.0.0.1:1", "http://127.0.0.1:3000", "127.0.0.1", True),
        ("localhost:1", "http://localhost:3000", "127.0.0.1", True),
        ("app.localhost", "https://app.localhost", "127.0.0.1", True),
        ("[::1]:1", "http://[::1]:3000", "::1", True),
        ("dev.test:1", "http://dev.test:3000", "dev.test", True),
        ("dev.test:1", "http://dev.test:3000", "Dev.Test", True),
        ("192.0.2.7:1", "http://192.0.2.7:3000", "0.0.0.0", True),
        ("[2001:db8::1]:1", "http://[2001:db8::1]:3000", "::", True),
        (f"{socket.gethostname()}:1", f"http://{socket.gethostname()}:3000", "0.0.0.0", True),
        ("192.0.2.7:1", "http://192.0.2.7:3000", "127.0.0.1", False),
        ("127.0.0.1:1", "http://evil.test", "127.0.0.1", False),
        ("127.0.0.1:1", "http://192.0.2.7", "0.0.0.0", False),
        ("evil.test:1", "http://evil.test:1", "127.0.0.1", False),
        ("evil.test:1", None, "127.0.0.1", False),
        ("evil.test:1", None, "0.0.0.0", False),
        ("localhost.evil.test:1", None, "127.0.0.1", False),
        ("127.0.0.1:1", "null", "127.0.0.1", False),
        ("127.0.0.1:1", "", "127.0.0.1", False),
        ("127.0.0.1:1", "http://[::1", "127.0.0.1", False),
        ("[::1", None, "127.0.0.1", False),
        ("", None, "127.0.0.1", False),
    ],
)
def test_only_pages_of_the_apps_own_host_are_answered(
    host: str, origin: str | None, listening: str, answered: bool
) -> None:
    assert is_from_here(host, origin, listening) is answered


def test_a_strangers_page_is_refused(live: Live) -> None:
    url = f"http://127.0.0.1:{live.port}/events"
    live.tell("failed", "secret")
    for headers in ({"origin": "http://evil.test"}, {"host": "evil.test"}, {"origin": "null"}):
        refused = httpx.get(url, headers=headers)
        assert (refused.status_code, "secret" in refused.text) == (403, False)
        assert "access-control-allow-origin" not in refused.headers
    assert httpx.get(f"http://127.0.0.1:{live.port}/").status_code == 404
    assert httpx.post(url).status_code == 501
    page = "http://127.0.0.1:3000"
    with httpx.stream("GET", url, headers={"origin": page}) as answer:
        assert answer.headers["access-control-allow-origin"] == page
        assert answer.headers["vary"] == "origin"


def test_a_client_that_says_nothing_is_left(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.observe.live.server._Handler.timeout", 0.1)
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as silent:
        assert silent.recv(1) == b""


def test_pages_over_tls_are_told_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = (str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(files[0])
    issued.private_key_pem.write_to_path(files[1])
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with closing(Live("127.0.0.1", files)) as live:
        assert f"`https://${{location.hostname}}:{live.port}/events`" in live.ending()
        silent = socket.create_connection(("127.0.0.1", live.port))
        url = f"https://127.0.0.1:{live.port}/events"
        with silent, httpx.Client(verify=trusting, timeout=30) as client, client.stream("GET", url) as answer:
            assert next(heard(answer.iter_lines()))[0] == "hello"


def test_what_it_cannot_be_made_with_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot listen on host\.invalid") as failed:
        Live("host.invalid", None)
    assert failed.value.code == "listen-failed"
    file = tmp_path / "key.pem"
    file.write_text("none")
    with pytest.raises(UserError) as refused:
        Live("127.0.0.1", (str(file), str(file)))
    assert refused.value.code == "tls-invalid"


def test_the_ending_is_one_script_that_knows_where_to_listen(live: Live) -> None:
    ending = live.ending()
    assert ending.startswith("<script>") and ending.endswith("</script>\n")
    assert ending.count("<script") == ending.count("</script") == 1
    assert f"`http://${{location.hostname}}:{live.port}/events`" in ending
    assert "PORT" not in ending and "SCHEME" not in ending
    # Whatever a page's encoding is.
    assert ending.isascii()


def test_no_thread_stays(live: Live) -> None:
    with listening(live) as events:
        next(events)
        live.close()
    for thread in threading.enumerate():
        if "atoll-live" in thread.name or "process_request" in thread.name:
            thread.join(30)
            assert not thread.is_alive()
