"""Listening sockets: they outlive the workers, they may be Unix sockets, they may come from a service manager."""

import os
import resource
import shutil
import signal
import socket
import stat
import threading
import time
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address, answering, built, get, processor_time, refused, until_closed

BOTH = pytest.mark.parametrize("workers", ["1", "2"])
REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


def served(path: Path, *flags: str, env: dict[str, str] | None = None) -> Up:
    """The small guest, served on a Unix socket. The test stops it."""
    started = Up(["-f", str(built("c-http")), "--listen", f"unix:{path}", "--log-dir", "", *flags], env=env)
    try:
        started.wait_until_serving()
    except RuntimeError:
        started.stop()
        raise
    return started


def ask(path: Path | str) -> str:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), timeout=30) as client:
        return client.get("http://app/").text


def test_connections_that_come_while_no_worker_lives_are_answered_by_the_replacements() -> None:
    with up(built("c-http"), "--workers", "2", "--log-dir", "") as app:
        for pid in app.workers():
            os.kill(pid, signal.SIGKILL)
        opened = [socket.create_connection(address(app.url), timeout=20) for _ in range(30)]
        for connection in opened:
            connection.sendall(REQUEST)
        for connection in opened:
            with connection:
                assert b"Hello from C\n" in until_closed(connection)


def test_a_worker_that_is_given_up_leaves_no_queue_behind_and_returns_with_a_reload(tmp_path: Path) -> None:
    guest = tmp_path / "guest.wasm"
    shutil.copy(built("c-http"), guest)
    with up(guest, "--workers", "2", "--log-dir", "", "--disable-cache") as app:
        guest.rename(tmp_path / "away")
        os.kill(app.workers()[0], signal.SIGKILL)
        app.wait_for("could not start; it is given up")
        assert [get(app.url).text for _ in range(40)] == ["Hello from C\n"] * 40
        (tmp_path / "away").rename(guest)
        app.signal(signal.SIGHUP)
        app.wait_for("the app was reloaded")
        assert len(app.workers()) == 2
        app.wait_for("serves again")
        assert [get(app.url).text for _ in range(40)] == ["Hello from C\n"] * 40


def test_a_second_server_on_the_same_address_is_refused() -> None:
    with up(built("c-http"), "--workers", "2", "--log-dir", "") as app:
        host, port = address(app.url)
        for workers in ("1", "2"):
            second = refused("-f", str(built("c-http")), "--listen", f"{host}:{port}", "--workers", workers)
            assert f"cannot listen on {host}:{port}: Address already in use" in second.stderr


@BOTH
def test_a_unix_socket_is_served_and_gone_at_the_end(tmp_path: Path, workers: str) -> None:
    path = tmp_path / "app.sock"
    app = served(path, "--workers", workers, "--listen-mode", "640")
    try:
        assert app.url == f"http://unix:{path}:"
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert [ask(path) for _ in range(10)] == ["Hello from C\n"] * 10
    finally:
        assert app.stop() == 0
    assert not path.exists()


def test_the_umask_decides_where_no_mode_is_given(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    before = os.umask(0o027)
    try:
        app = served(path, "--workers", "1")
    finally:
        os.umask(before)
    with_mode = stat.S_IMODE(path.stat().st_mode)
    app.stop()
    assert with_mode == 0o750


def test_a_unix_peer_is_a_peer_of_this_machine(make_app: MakeApp, tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    flags = ["-f", str(make_app(answering("rust-kitchen"))), "--listen", f"unix:{path}", "--log-dir", ""]
    app = Up([*flags, "--workers", "1", "--access-log", "text"])
    try:
        app.wait_until_serving()
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), timeout=30) as client:
            assert "spin-client-addr: 127.0.0.1:0\n" in client.get("http://app/headers").text
        app.wait_for(r" 127\.0\.0\.1:0 GET /headers 200 ")
    finally:
        app.stop()


@BOTH
def test_a_socket_that_nobody_serves_any_more_is_replaced(tmp_path: Path, workers: str) -> None:
    path = tmp_path / "app.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    app = served(path, "--workers", workers)
    try:
        assert ask(path) == "Hello from C\n"
    finally:
        app.stop()


def test_a_socket_that_somebody_serves_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    app = served(path, "--workers", "1")
    try:
        second = refused("-f", str(built("c-http")), "--listen", f"unix:{path}")
        assert f"cannot listen on unix:{path}: another server listens there" in second.stderr
        assert ask(path) == "Hello from C\n"
    finally:
        app.stop()


def test_what_is_no_socket_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")
    app = refused("-f", str(built("c-http")), "--listen", f"unix:{path}")
    assert "there is a file that is no socket" in app.stderr
    assert path.read_text() == "mine"
    long = refused("-f", str(built("c-http")), "--listen", f"unix:{tmp_path / ('x' * 120)}")
    assert "its path is longer than 107 bytes" in long.stderr
    missing = refused("-f", str(built("c-http")), "--listen", f"unix:{tmp_path / 'none' / 'app.sock'}")
    assert "No such file or directory" in missing.stderr
    assert "`unix:` names no socket" in refused("-f", str(built("c-http")), "--listen", "unix:").stderr
    bad_mode = refused("-f", str(built("c-http")), "--listen", f"unix:{path}", "--listen-mode", "rw")
    assert "are no permissions" in bad_mode.stderr


def test_workers_that_share_a_unix_socket_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    app = served(path, "--workers", "2")
    try:
        for pid in app.workers():
            os.kill(pid, signal.SIGKILL)
        assert [ask(path) for _ in range(10)] == ["Hello from C\n"] * 10
        app.signal(signal.SIGHUP)
        app.wait_for("the app was reloaded")
        assert ask(path) == "Hello from C\n"
    finally:
        app.stop()


@BOTH
def test_a_server_without_free_descriptors_waits_and_serves_again(workers: str) -> None:
    with up(built("c-http"), "--workers", workers, "--log-dir", "") as app:
        pids = app.workers() if workers == "2" else [app.process.pid]
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (48, 48))
        idle = [socket.create_connection(address(app.url), timeout=20) for _ in range(150)]
        for connection in idle:
            connection.sendall(REQUEST[:5])
        with socket.create_connection(address(app.url), timeout=20) as waiting:
            waiting.sendall(REQUEST)
            before = sum(map(processor_time, pids))
            begun = time.monotonic()
            waiting.settimeout(1.5)
            with pytest.raises(TimeoutError):
                waiting.recv(1)
            # A busy loop would use all of the time.
            assert sum(map(processor_time, pids)) - before < 0.25 * (time.monotonic() - begun) * len(pids)
            assert all(len(os.listdir(f"/proc/{pid}/fd")) >= 46 for pid in pids)
            for connection in idle:
                connection.close()
            waiting.settimeout(20)
            assert b"Hello from C\n" in until_closed(waiting)
        assert {get(app.url).status_code for _ in range(20)} == {200}


def test_nothing_of_a_socket_is_left_in_a_worker_that_drains() -> None:
    with up(built("rust-kitchen"), "--workers", "2", "--log-dir", "") as app:
        with socket.create_connection(address(app.url), timeout=20) as begun:
            begun.sendall(b"GET /stream?chunks=40&pause=50 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            begun.recv(1 << 16)
            app.signal(signal.SIGTERM)
            end = time.monotonic() + 10
            while time.monotonic() < end:
                try:
                    socket.create_connection(address(app.url), timeout=1).close()
                except ConnectionRefusedError:
                    break
                threading.Event().wait(0.02)
            else:
                pytest.fail("it still listens")
            assert until_closed(begun).endswith(b"0\r\n\r\n")
        assert app.wait() == 0
