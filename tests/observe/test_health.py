"""Health: alive is who answers, ready is who serves."""

import os
import signal
import time
from collections.abc import Callable

import httpx
import pytest

from atoll.testing import Up
from tests.conftest import MakeApp
from tests.observe.scrapes import monitor_of, observed
from tests.support import answering, built, get


def until(true: Callable[[], bool], timeout: float = 20) -> None:
    """Wait for what is to come."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end


@pytest.mark.parametrize("workers", [1, 2])
def test_who_serves_is_alive_and_ready(make_app: MakeApp, workers: int) -> None:
    with observed(make_app(answering("c-http")), workers=workers) as served:
        assert (served.get("/livez").status_code, served.get("/livez").text) == (200, "alive\n")
        assert (served.get("/readyz").status_code, served.get("/readyz").text) == (200, "ready\n")
        details = served.get("/readyz?verbose").json()
        assert details == {
            "status": "ready", "ready": True, "phase": "serving", "workers": workers, "serving": workers, "restarts": 0,
        }  # fmt: skip
        assert httpx.head(served.base + "/readyz").status_code == 200
        assert served.get("/elsewhere").status_code == 404
        assert httpx.post(served.base + "/readyz").status_code == 501


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_still_compiles_is_alive_but_not_ready(workers: str) -> None:
    flags = ["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "-L", "", "--disable-cache", "--workers", workers]
    starting = Up(["-f", str(built("python-http")), *flags])
    try:
        base = monitor_of(starting)
        assert get(base + "/livez").status_code == 200
        assert get(base + "/readyz").status_code == 503
        assert get(base + "/readyz?verbose").json()["phase"] == "starting"
        assert get(base + "/metrics").status_code == 200
        starting.wait_until_serving()
        until(lambda: get(base + "/readyz").status_code == 200)
    finally:
        starting.stop()


@pytest.mark.parametrize("workers", [1, 2])
def test_who_drains_is_alive_but_not_ready(make_app: MakeApp, workers: int) -> None:
    with observed(make_app(answering("rust-kitchen")), workers=workers) as served:
        with httpx.stream("GET", served.app.url + "/stream?chunks=30&pause=100&size=1") as answer:
            served.app.signal(signal.SIGTERM)
            until(lambda: served.get("/readyz").status_code == 503)
            assert served.get("/livez").status_code == 200
            assert served.get("/readyz?verbose").json()["phase"] == "draining"
            assert len(answer.read()) == 30
        assert served.app.wait() == 0


def test_one_worker_in_replacement_is_borne_and_two_are_not(make_app: MakeApp) -> None:
    with observed(make_app(answering("c-http")), workers=3) as served:
        one, two, _ = served.app.workers()
        os.kill(one, signal.SIGKILL)
        served.app.wait_for("was killed")
        assert served.get("/readyz").status_code == 200
        served.app.wait_for("serves again")
        one, two, _ = served.app.workers()
        os.kill(one, signal.SIGKILL)
        os.kill(two, signal.SIGKILL)
        until(lambda: served.get("/readyz").status_code == 503)
        served.app.wait_for("serves again", times=3)
        until(lambda: served.get("/readyz?verbose").json()["serving"] == 3)
        assert served.get("/readyz").status_code == 200
