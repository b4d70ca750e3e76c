"""systemd's protocols: a socket that is there before the server, and telling the manager how it does."""

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import ROOT, answering, built, get

BOTH = pytest.mark.parametrize("workers", ["1", "2"])
# What systemd does between fork and exec: descriptors from 3 on, and who they are for.
LAUNCHER = textwrap.dedent("""
    import os, sys
    count, *command = sys.argv[1:]
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count, "LISTEN_FDNAMES": "http"}
    os.execv(command[0], command)
""")


class Manager:
    """The manager's side of `NOTIFY_SOCKET`."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel

    def hear(self, wanted: str, timeout: float = 30) -> dict[str, str]:
        """The next message that holds this line; those before it are passed over."""
        end = time.monotonic() + timeout
        while True:
            self.channel.settimeout(max(0.01, end - time.monotonic()))
            lines = self.channel.recv(1 << 12).decode().split("\n")
            if wanted in lines:
                return dict(line.split("=", 1) for line in lines)


@pytest.fixture(params=["path", "abstract"])
def notify(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Manager, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@atoll-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        yield Manager(channel), name


@BOTH
def test_the_manager_hears_of_start_reload_and_end(
    make_app: MakeApp, notify: tuple[Manager, str], workers: str
) -> None:
    manager, name = notify
    file = make_app(answering("c-http"))
    with up(file, "--workers", workers, "--log-dir", "", env={"NOTIFY_SOCKET": name}) as app:
        assert manager.hear("READY=1")["STATUS"] == f"serving on {app.url.removeprefix('http://')}"
        asked = time.monotonic_ns() // 1000
        app.signal(signal.SIGHUP)
        assert asked <= int(manager.hear("RELOADING=1")["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        assert manager.hear("READY=1")["STATUS"] == "serving, reloaded"
        file.write_text("broken")
        app.signal(signal.SIGHUP)
        manager.hear("RELOADING=1")
        assert manager.hear("READY=1")["STATUS"].startswith("serving; the last reload failed: ")
        app.signal(signal.SIGTERM)
        manager.hear("STOPPING=1")
        assert app.wait() == 0


@BOTH
def test_the_watchdog_is_fed_for_as_long_as_it_serves(tmp_path: Path, workers: str) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(name)
        manager = Manager(channel)
        env = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "400000"}
        with up(built("c-http"), "--workers", workers, "--log-dir", "", env=env) as app:
            manager.hear("READY=1")
            for _ in range(6):
                manager.hear("WATCHDOG=1", timeout=0.4)
            os.kill(app.process.pid, signal.SIGSTOP)
            try:
                drained(channel)
                with pytest.raises(TimeoutError):
                    manager.hear("WATCHDOG=1", timeout=1)
            finally:
                os.kill(app.process.pid, signal.SIGCONT)
            manager.hear("WATCHDOG=1", timeout=5)


def drained(channel: socket.socket) -> None:
    """What was said until now is not heard any more."""
    channel.settimeout(0.1)
    try:
        while channel.recv(1 << 12):
            pass
    except TimeoutError:
        pass


def test_a_watchdog_of_another_process_is_not_fed(tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(name)
        env = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}
        with up(built("c-http"), "--workers", "1", "--log-dir", "", env=env):
            Manager(channel).hear("READY=1")
            with pytest.raises(TimeoutError):
                Manager(channel).hear("WATCHDOG=1", timeout=0.5)


def test_a_manager_that_is_gone_disturbs_nobody(tmp_path: Path) -> None:
    env = {"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "10000"}
    with up(built("c-http"), "--workers", "2", "--log-dir", "", env=env) as app:
        assert get(app.url).status_code == 200


def launched(listening: socket.socket, *flags: str, count: str = "1") -> "subprocess.Popen[str]":
    """`atoll up` with a listening socket as its descriptor 3."""
    served = ["up", "-f", str(built("c-http")), "--log-dir", "", *flags]
    command = [sys.executable, "-c", LAUNCHER, count, sys.executable, "-P", "-m", "atoll", *served]
    # dup2 in a shell: what descriptor 3 is here belongs to pytest.
    shell = ["bash", "-c", f'exec 3<&{listening.fileno()}; exec "$@"', "bash", *command]
    return subprocess.Popen(
        shell, pass_fds=[listening.fileno()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@BOTH
def test_a_socket_that_systemd_opened_is_served_and_its_queue_is_kept(workers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        # Asked before the server is there: systemd starts it for this.
        with socket.create_connection(("127.0.0.1", port), timeout=60) as early:
            early.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            process = launched(listening, "--workers", workers)
            try:
                assert early.recv(1 << 12).startswith(b"HTTP/1.1 200")
                assert process.stdout is not None
                assert process.stdout.readline() == f"Serving http://127.0.0.1:{port}\n"
                assert {get(f"http://127.0.0.1:{port}").text for _ in range(20)} == {"Hello from C\n"}
            finally:
                process.terminate()
                said = process.communicate(timeout=20)[1]
        assert process.returncode == 0, said


def test_a_unix_socket_that_systemd_opened_stays_when_the_server_ends(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        process = launched(listening, "--workers", "2")
        try:
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), timeout=60) as client:
                assert client.get("http://app/").text == "Hello from C\n"
        finally:
            process.terminate()
            process.communicate(timeout=20)
    assert process.returncode == 0
    assert path.exists()


def test_sockets_that_cannot_be_served_are_refused_with_a_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        several = launched(listening, count="2")
        assert re.search("systemd passed 2 sockets, and only one can be served", several.communicate(timeout=30)[1])
        assert several.returncode == 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        wrong = launched(datagrams)
        assert "it is no listening stream socket" in wrong.communicate(timeout=30)[1]
        assert wrong.returncode == 1


def test_the_units_of_the_guide_name_options_and_settings_that_exist() -> None:
    from atoll.cli.up import command

    options = {name for parameter in command.params for name in parameter.opts}
    guide = (ROOT / "docs" / "guides" / "deploy.md").read_text("utf-8")
    units = re.findall(r'```ini title="(\S+)"\n(.*?)```', guide, re.DOTALL)
    assert [name.rpartition("/")[2] for name, _ in units] == ["shop.service", "shop.socket"]
    started = [line for _, unit in units for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert len(started) == 1
    named = set(re.findall(r"(?<= )--?[a-z][a-z-]*", started[0]))
    assert len(named) > 4 and named <= options


def test_sockets_of_another_process_are_left_alone() -> None:
    with up(built("c-http"), "--workers", "1", "--log-dir", "", env={"LISTEN_PID": "1", "LISTEN_FDS": "1"}) as app:
        assert isinstance(app, Up)
        assert get(app.url).status_code == 200
