"""Start and end: an app is loaded when it is made, and drained when its server ends."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

import atoll
from atoll.runtime.scratch import Scratch
from atoll.web import Mounted
from tests.asgi.serving import served, wait_until
from tests.asgi.test_bodies import module
from tests.support import ROOT, built


def test_the_server_starts_and_ends_it_as_often_as_it_likes(kitchen_app: Mounted) -> None:
    for _ in range(3):
        with TestClient(kitchen_app) as inside:
            assert inside.get("/").status_code == 200
    assert TestClient(kitchen_app).get("/").status_code == 200


def test_a_call_in_flight_ends_before_the_server_does(tmp_path: Path) -> None:
    with served(tmp_path, module("rust-kitchen")) as running:
        with httpx.stream("GET", running.url + "/stream?chunks=4&size=10&pause=300", timeout=30) as answer:
            parts = answer.iter_raw()
            received = next(parts)
            running.process.send_signal(signal.SIGTERM)
            received += b"".join(parts)
        assert received == b"x" * 40
        running.process.wait(20)
        assert "Application shutdown complete" in running.said


def test_what_takes_longer_than_the_drain_is_ended() -> None:
    app = atoll.asgi(built("rust-kitchen"), drain=0.2)

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as asking:
            asked = asyncio.create_task(asking.get("/sleep?ms=20000"))
            while app.is_idle:
                await asyncio.sleep(0.01)
            began = time.monotonic()
            await app.drain()
            assert 0.2 <= time.monotonic() - began < 5
            with pytest.raises(atoll_error(), match="closed before"):
                await asked

    asyncio.run(run())
    wait_until(lambda: app.is_idle, 5)


def atoll_error() -> Any:
    from atoll.errors import UserError

    return UserError


def test_a_child_of_a_fork_answers_and_leaves_its_parent_alone(tmp_path: Path) -> None:
    # As gunicorn does with --preload.
    script = tmp_path / "forking.py"
    script.write_text(f"""
import os, sys, asyncio, pathlib
import httpx, atoll
app = atoll.asgi({str(built("rust-kitchen"))!r})

async def ask(path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as asking:
        return (await asking.get(path)).text

assert asyncio.run(ask("/sleep?ms=5")) == "slept"
folders = set(pathlib.Path("/tmp").glob("atoll-*"))
child = os.fork()
if child == 0:
    sys.exit(0 if asyncio.run(ask("/sleep?ms=5")) == "slept" else 3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert asyncio.run(ask("/sleep?ms=5")) == "slept"
print("both")
""")
    ended = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        env=dict(os.environ),
        check=False,
    )
    assert ended.stdout == "both\n", ended.stderr


def test_the_end_of_the_program_leaves_no_folder(tmp_path: Path) -> None:
    script = f"import atoll; app = atoll.asgi({str(ROOT / 'examples' / 'static' / 'none.wasm')!r})"
    subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    script = f"import atoll; app = atoll.asgi({str(built('c-http'))!r}); print(app.name)"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert ended.stdout == "c-http\n"
    assert list(tmp_path.glob("atoll-*")) == []


def test_an_app_that_nobody_has_any_more_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gc
    import tempfile
    import threading

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = threading.active_count()
    for _ in range(3):
        app = atoll.asgi(built("c-http"))
        assert TestClient(app).get("/").text == "Hello from C\n"
        del app
        gc.collect()
    assert list(tmp_path.glob("atoll-*")) == []
    wait_until(lambda: threading.active_count() <= before, 5)


def test_what_a_killed_server_left_goes_with_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place := tmp_path / "place").mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    with served(tmp_path, module("c-http")) as first:
        (left,) = place.glob("atoll-*")
        first.process.kill()
        first.process.wait()
    assert [*place.glob("atoll-*")] == [left]
    with served(tmp_path, module("c-http")) as second:
        (its,) = place.glob("atoll-*")
        assert its != left
        with served(tmp_path, module("c-http")):
            # Nothing is taken from one that runs.
            assert its in place.glob("atoll-*")
        assert httpx.get(second.url, timeout=30).text == "Hello from C\n"


def test_a_folder_of_somebody_else_stays(tmp_path: Path) -> None:
    for name in ("atoll-inside-unlocked", "atoll-other"):
        (tmp_path / name).mkdir()
    (tmp_path / "atoll-other" / "in-use").touch()
    os.symlink(tmp_path / "atoll-other", tmp_path / "atoll-inside-link")
    first = Scratch(tmp_path)
    second = Scratch(tmp_path)
    assert first.folder.is_dir() and second.folder.is_dir()
    second.close()
    assert first.folder.is_dir() and not second.folder.exists()
    first.close()
    assert len([*tmp_path.iterdir()]) == 3
