"""Several processes: one address, replaced when they crash, drained when they are asked to stop."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.support import address, built, get


def is_gone(pid: int) -> bool:
    """Whether the process has ended and was waited for."""
    return not Path(f"/proc/{pid}").exists()


def wait_gone(pids: list[int], timeout: float = 10) -> bool:
    """Wait until all processes are gone."""
    until = time.monotonic() + timeout
    waiting = threading.Event()
    while not all(map(is_gone, pids)) and time.monotonic() < until:
        waiting.wait(0.02)
    return all(map(is_gone, pids))


def test_there_is_one_process_a_worker_and_they_share_the_work() -> None:
    with up(built("rust-kitchen"), "--workers", "3", "--log-dir", "", "--access-log", "json") as app:
        assert len(app.workers()) == 3
        assert {get(app.url).status_code for _ in range(60)} == {200}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_worker_that_crashes_is_replaced_and_said_so(number: signal.Signals) -> None:
    with up(built("c-http"), "--workers", "2", "--log-dir", "") as app:
        victim = app.workers()[0]
        os.kill(victim, number)
        app.wait_for(rf"worker \d \(pid {victim}\) was killed by {number.name}; a new one starts in \d")
        app.wait_for(r"worker \d serves again \(pid \d+\)")
        assert len(app.workers()) == 2
        assert victim not in app.workers()
        assert is_gone(victim)
        assert {get(app.url).status_code for _ in range(20)} == {200}


def test_a_worker_that_crashes_again_waits_longer_each_time() -> None:
    with up(built("c-http"), "--workers", "2", "--log-dir", "") as app:
        for times in (1, 2, 3):
            os.kill(app.workers()[-1], signal.SIGKILL)
            app.wait_for(r"serves again", times=times)
        said = [line.rpartition(" in ")[2] for line in app.stderr.splitlines() if "was killed" in line]
        assert said == ["0.1 s", "0.2 s", "0.4 s"]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_call_in_flight_end_and_takes_no_new_one(workers: str, number: signal.Signals) -> None:
    answers: list[httpx.Response] = []
    with up(built("rust-kitchen"), "--workers", workers, "--log-dir", "") as app:
        pids = app.workers()
        with socket.create_connection(address(app.url), timeout=20) as begun:
            begun.sendall(b"GET /stream?chunks=40&pause=50 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            received = begun.recv(1 << 16)
            app.signal(number)
            while part := begun.recv(1 << 16):
                received += part
        assert received.endswith(b"0\r\n\r\n")
        with pytest.raises(httpx.ConnectError):
            answers.append(get(app.url))
        assert app.wait() == 0
        assert wait_gone(pids)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_drain_is_bounded(workers: str) -> None:
    flags = ("--workers", workers, "--log-dir", "", "--drain-timeout", "300ms")
    with up(built("rust-kitchen"), *flags) as app, socket.create_connection(address(app.url), timeout=20) as begun:
        begun.sendall(b"GET /stream?chunks=1000&pause=100 HTTP/1.1\r\nhost: x\r\n\r\n")
        assert begun.recv(1 << 16)
        app.signal(signal.SIGTERM)
        assert app.wait(timeout=5) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_idle_connection_does_not_hold_up_the_end(workers: str) -> None:
    with up(built("c-http"), "--workers", workers, "--log-dir", "") as app, httpx.Client(timeout=30) as client:
        assert client.get(app.url).status_code == 200
        app.signal(signal.SIGTERM)
        assert app.wait(timeout=5) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_ends_at_once_with_exit_code_1(workers: str) -> None:
    with up(built("rust-kitchen"), "--workers", workers, "--log-dir", "", "--drain-timeout", "60s") as app:
        pids = app.workers()
        with socket.create_connection(address(app.url), timeout=20) as begun:
            begun.sendall(b"GET /stream?chunks=1000&pause=100 HTTP/1.1\r\nhost: x\r\n\r\n")
            assert begun.recv(1 << 16)
            app.signal(signal.SIGINT)
            until_refused(app.url)
            app.signal(signal.SIGINT)
            assert app.wait(timeout=5) == 1
        assert wait_gone(pids)


def until_refused(url: str) -> None:
    """Wait until nobody listens any more: the first signal has been understood."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(address(url), timeout=1).close()
        except OSError:
            return
    raise AssertionError("it still listens")


def test_workers_end_with_their_supervisor() -> None:
    with up(built("c-http"), "--workers", "2", "--log-dir", "") as app:
        pids = app.workers()
        assert len(pids) == 2
        os.kill(app.process.pid, signal.SIGKILL)
        app.wait()
        assert wait_gone(pids)


def test_a_signal_while_loading_ends_it_without_a_trace(tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    loading = Up(["-f", str(built("python-http")), "--listen", "127.0.0.1:0", "--workers", "2", "--cache-dir", cache])
    until = time.monotonic() + 20
    while not loading.workers() and time.monotonic() < until:
        threading.Event().wait(0.02)
    pids = loading.workers()
    loading.signal(signal.SIGTERM)
    assert loading.wait(timeout=10) == 0
    assert wait_gone(pids)
    assert (loading.stdout, loading.stderr) == ("", "")


def test_modules_of_the_working_directory_do_not_shadow_those_of_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    with up(built("c-http"), "--workers", "2", "--log-dir", "") as app:
        assert get(app.url).status_code == 200
