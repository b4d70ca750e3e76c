"""Profiles of running apps and commands: gathered in all processes, and only while somebody looks."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from atoll.testing import up
from tests.cli.conftest import Atoll, atoll
from tests.observe.scrapes import observed
from tests.support import built, get

__all__ = ["atoll"]

PYTHON = "_PyEval_EvalFrameDefault"


@contextmanager
def asked(url: str) -> Iterator[None]:
    """The app has requests until the block ends."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            assert get(url).status_code == 200

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in asking:
            thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_running_app_shows_where_its_time_goes(atoll: Atoll, workers: int) -> None:
    with observed(built("python-http"), "--allow-profiles", workers=workers) as running:
        with asked(running.app.url):
            gathered = json.loads(atoll("profile", running.base, "--for", "1s", "--json").out)
            both = running.get("/profile?seconds=0.3")
            written = atoll("profile", running.base, "--for", "300ms", "--to", "seen")
        assert PYTHON in json.dumps(gathered)
        assert "wasi:http/types" in json.dumps(gathered)
        assert len(both.json()) == workers
        assert written.code == 0 and "flamegraph.svg" in written.err
        assert get(running.app.url).status_code == 200
        quiet = running.get("/profile?seconds=0.1")
        assert all(part["python-http"]["stacks"] == [] for part in quiet.json())


def test_one_at_a_time_and_not_for_ever() -> None:
    with observed(built("c-http"), "--allow-profiles") as running:
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(running.get, ["/profile?seconds=2"] * 4)
        assert {answer.status_code for answer in answers} == {200, 409}
        for seconds in ("0", "-1", "601", "nan", "x", ""):
            assert running.get(f"/profile?seconds={seconds}").status_code == 400


def test_nobody_profiles_what_does_not_allow_it(atoll: Atoll) -> None:
    with observed(built("c-http")) as running:
        assert running.get("/profile").status_code == 404
        said = atoll("profile", running.base)
        assert (said.code, "--allow-profiles" in said.err) == (1, True)
    assert "--metrics" in atoll("up", "-f", str(built("c-http")), "--allow-profiles").err
    assert atoll("profile", "http://127.0.0.1:1").code == 1


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_leaves_its_profile(tmp_path: Path, workers: str) -> None:
    with up(built("python-http"), "--workers", workers, "--profile-to", str(tmp_path / "seen")) as served:
        for _ in range(50):
            assert get(served.url).status_code == 200
    names = {file.name for file in (tmp_path / "seen").iterdir()}
    assert {"flamegraph.svg", "profile.speedscope.json", "profile.firefox.json", "profile.folded"} <= names
    assert PYTHON in (tmp_path / "seen" / "flamegraph.svg").read_text("utf-8")


def test_a_command_leaves_its_profile(atoll: Atoll, tmp_path: Path) -> None:
    # As many words as take more than a few ticks.
    said = atoll("run", "--profile-to", "seen", str(built("python-cli-p2")), "--", *["word"] * 50_000)
    assert len(said.out.splitlines()) == 50_000
    assert PYTHON in (tmp_path / "seen" / "profile.folded").read_text("utf-8")


def test_a_folder_that_cannot_be_is_told_before_anything_runs(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = atoll("run", "--profile-to", "file", str(built("c-cli-p1")))
    assert (said.code, said.out) == (1, "")
    assert "cannot be written to `file`" in said.err
