"""Guests of WASI 0.3: what they wait for comes again in the order in which it came."""

from pathlib import Path

import httpx
import pytest

from atoll.testing import Up
from tests.replay.recorded import get, lines, recorded, replay
from tests.rooms import imports
from tests.rooms.imports import path_of_modules
from tests.rooms.test_custom_streams import FEED
from tests.support import answering, built, write_app

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("guest", ["python-http-p3", "rust-http-p3"])
def test_a_body_is_read_again_in_the_portions_that_it_came_in(guest: str, tmp_path: Path) -> None:
    body = bytes(range(256)) * 4000
    answers: list[bytes] = []
    [recording] = recorded(
        built(guest),
        tmp_path,
        lambda served: answers.append(httpx.post(f"{served.url}/echo", content=body, timeout=60).content),
    )
    assert answers == [body]
    replayed = replay(recording)
    assert (replayed.returncode, replayed.stderr) == (0, ""), replayed.stdout


@pytest.mark.parametrize("path", ["/sleep", "/trailers", "/error", "/panic"])
def test_a_guest_that_waits_or_fails_does_so_again(path: str, tmp_path: Path) -> None:
    [recording] = recorded(built("rust-http-p3"), tmp_path, get(path))
    replayed = replay(recording)
    assert (replayed.returncode, replayed.stderr) == (0, ""), replayed.stdout


@pytest.mark.parametrize(
    "path",
    ["/sums?2500", "/readings?7", "/some?3", "/first?2", "/download?300000", "/gauges?5", "/greeting?1", "/ticks?4"],
)
def test_streams_and_futures_of_any_type_are_kept_and_given_again(path: str, tmp_path: Path) -> None:
    app = imports.manifest(tmp_path, "rust-feed", FEED, {"acme:feed/feed": "answers:Feed"})
    [recording] = recorded(app, tmp_path / "kept", get(path), env=path_of_modules(tmp_path))
    assert any(asked["interface"] == "event" for asked in lines(recording)[1:])
    replayed = replay(recording)
    assert (replayed.returncode, replayed.stderr) == (0, ""), replayed.stdout


@pytest.mark.parametrize("guest", ["python-rooms-p2", "python-rooms-p3"])
def test_what_a_store_answered_is_answered_again(guest: str, tmp_path: Path) -> None:
    app = write_app(tmp_path, answering(guest) + 'key_value_stores = ["default"]\n')

    def ask(served: Up) -> None:
        told.append(httpx.post(f"{served.url}/key-value/set?store=default&key=a", content=b"one\xff").status_code)
        told.append(httpx.get(f"{served.url}/key-value/get?store=default&key=a").content)

    told: list[object] = []
    found = recorded(app, tmp_path / "kept", ask)
    assert told == [200, b"one\xff"]
    assert [replay(each).returncode for each in found] == [0, 0]


def test_a_mended_component_is_run_to_its_first_difference(tmp_path: Path) -> None:
    [recording] = recorded(built("rust-spin7"), tmp_path, get("/"))
    replayed = replay(recording, "--component", built("rust-http-p3"))
    assert replayed.returncode == 1
    assert "then they differ:\n  recorded: wasi:http/types@0.3.0 " in replayed.stdout


def test_what_is_written_into_a_stream_is_compared(tmp_path: Path) -> None:
    [recording] = recorded(built("rust-http-p3"), tmp_path, get("/"))
    text = recording.read_text()
    assert text.count("Hello from Rust 0.3") == 1
    recording.write_text(text.replace("Hello from Rust 0.3", "Hallo from Rust 0.3"))
    replayed = replay(recording)
    assert replayed.returncode == 1
    assert 'recorded: builtin stream.write(3, 20, [{"utf8": "Hallo from Rust 0.3\\n"}])' in replayed.stdout
    assert 'now:      builtin stream.write(3, 20, [{"utf8": "Hello from Rust 0.3\\n"}])' in replayed.stdout
