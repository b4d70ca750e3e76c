"""SIGHUP and `--reload`: the app is exchanged while requests run, and not one of them fails."""

import contextlib
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address, answering, built, compilers, get, resident, until_closed, write_app

OLD, NEW = "Hello from C\n", "Hello from the kitchen\n"
RELOADED, FAILED = "atoll: the app was reloaded", "atoll: the app was not reloaded; it is served as it was"
BOTH = pytest.mark.parametrize("workers", ["1", "2"])


def reload(app: Up, times: int, said: str = RELOADED) -> None:
    """Ask for a reload, and wait until as many were told."""
    app.signal(signal.SIGHUP)
    app.wait_for(said, times=times)


def until(true: Callable[[], bool], what: str, timeout: float = 20) -> None:
    """Wait until something is true."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, what
        threading.Event().wait(0.02)


@contextmanager
def hammered(url: str, connections: int) -> Iterator[Counter[str]]:
    """Ask without a pause over so many kept connections of each protocol; what was answered, and what failed."""
    answers: Counter[str] = Counter()
    stop = threading.Event()

    def ask(http2: bool) -> None:
        with httpx.Client(http1=not http2, http2=http2, timeout=30) as client:
            while not stop.is_set():
                try:
                    answer = client.get(url)
                    answers[answer.text if answer.status_code == 200 else f"status {answer.status_code}"] += 1
                except httpx.HTTPError as error:
                    answers[repr(error)] += 1

    threads = [threading.Thread(target=ask, args=(http2,)) for http2 in (False, True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@BOTH
def test_thirty_reloads_under_load_fail_no_request(make_app: MakeApp, workers: str) -> None:
    file = make_app(answering("c-http"))
    with up(file, "--workers", workers, "--log-dir", "") as app:
        with hammered(app.url, connections=3) as answers:
            until(lambda: answers[OLD] > 20, "the old app is asked")
            for times in range(1, 31):
                make_app(answering("rust-kitchen" if times % 2 else "c-http"))
                reload(app, times)
            make_app(answering("rust-kitchen"))
            reload(app, 31)
            answers_before = answers.copy()
            until(lambda: answers[NEW] > answers_before[NEW] + 50, "the new app is asked")
        assert set(answers) == {OLD, NEW}
        assert answers[OLD] > 100 and answers[NEW] > 100
        # Those that were on their way when the last reload was told may still be of the old app.
        assert answers[OLD] - answers_before[OLD] <= 6
        assert {get(app.url).text for _ in range(20)} == {NEW}


@BOTH
def test_kept_instances_are_exchanged_without_a_failed_request(make_app: MakeApp, workers: str) -> None:
    def version(number: int) -> str:
        reuse = f"tool.atoll.reuse = {{ max_requests = 50, concurrency = {number}, idle = '5s' }}\n"
        return answering("rust-http-p3" if number % 2 else "rust-http") + reuse

    flags = ("--workers", workers, "--log-dir", "", "--max-instance-reuse-count", "20")
    with up(make_app(version(1)), *flags) as app:
        expected = {get(app.url).text}
        with hammered(app.url, connections=2) as answers:
            for times in range(1, 11):
                make_app(version(times + 1))
                reload(app, times)
                expected.add(get(app.url).text)
        assert set(answers) == expected
        assert len(expected) == 2


@BOTH
def test_calls_inside_the_app_stay_inside_of_one_version(make_app: MakeApp, workers: str) -> None:
    def version(guest: str) -> str:
        hosts = 'allowed_outbound_hosts = ["http://other.spin.internal"]\n'
        private = '[[trigger.http]]\nroute = { private = true }\ncomponent = "other"\n'
        return answering("rust-kitchen") + hosts + f'[component.other]\nsource = "<{guest}>"\n' + private

    with up(make_app(version("c-http")), "--workers", workers, "--log-dir", "") as app:
        with hammered(f"{app.url}/fetch?url=http://other.spin.internal/", connections=2) as answers:
            for times in range(1, 11):
                make_app(version("rust-kitchen" if times % 2 else "c-http"))
                reload(app, times)
        assert set(answers) == {OLD, NEW}


@BOTH
def test_two_hundred_reloads_leave_nothing_behind(make_app: MakeApp, tmp_path: Path, workers: str) -> None:
    cache = tmp_path / "cache"

    def used(app: Up) -> list[Use]:
        return [Use.of(pid, cache) for pid in (app.process.pid, *app.workers())]

    file = make_app(answering("c-http"))
    flags = ("--workers", workers, "--log-dir", "", "--cache-dir", str(cache))
    with up(file, *flags) as app, httpx.Client(timeout=30) as client:
        for times in range(1, 201):
            make_app(answering("rust-kitchen" if times % 2 else "c-http"))
            reload(app, times)
            assert client.get(app.url).text == (NEW if times % 2 else OLD)
            if times == 20:
                before = used(app)
        # What earlier apps held is given back within moments.
        until(lambda: all(map(Use.is_no_more_than, used(app), before)), f"{before} -> {used(app)}")


@dataclass(frozen=True)
class Use:
    """What a process holds. The engine keeps the code of a number of slots at hand: that number comes and goes."""

    descriptors: int
    code: int
    threads: int
    memory: int

    @classmethod
    def of(cls, pid: int, cache: Path) -> "Use":
        opened = []
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                opened.append(str(each.readlink()))
        code = sum(each.startswith(str(cache)) for each in opened)
        return cls(len(opened) - code, code, len(os.listdir(f"/proc/{pid}/task")), resident(pid))

    def is_no_more_than(self, before: "Use") -> bool:
        return (
            self.descriptors <= before.descriptors
            and self.code < 100
            # Two are started when a call first needs them: one for long calls, one that clears up.
            and self.threads <= before.threads + 2
            and self.memory < before.memory + (24 << 20)
        )


@BOTH
def test_files_and_variables_are_read_again(make_app: MakeApp, tmp_path: Path, workers: str) -> None:
    more = 'allowed_outbound_hosts = ["http://127.0.0.1:{{ port }}"]\nfiles = ["page.txt"]\n'
    more += "[variables]\nport.required = true\n"
    (tmp_path / "page.txt").write_text("first")
    (tmp_path / "port").write_text("1")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    file = make_app(answering("rust-kitchen") + more)
    flags = ("--workers", workers, "--log-dir", "", "--variable", f"port=@{tmp_path / 'port'}")
    with up(file, *flags, env={"TMPDIR": str(temporary)}) as app:
        assert get(f"{app.url}/read?path=page.txt").text == "first"
        (tmp_path / "page.txt").write_text("second")
        (tmp_path / "port").write_text(str(address(app.url)[1]))
        assert get(f"{app.url}/fetch?url={app.url}/").status_code == 502
        # A guest has the files of its own release, whatever happens to those that they were copied from.
        assert get(f"{app.url}/read?path=page.txt").text == "first"
        reload(app, 1)
        for _ in range(10):
            assert get(f"{app.url}/read?path=page.txt").text == "second"
            assert get(f"{app.url}/fetch?url={app.url}/").text == NEW
        until(lambda: len(list(temporary.iterdir())) == 1, "the folder of the first release is removed")
    assert list(temporary.iterdir()) == []


@BOTH
def test_a_call_in_flight_ends_on_its_app_and_keeps_its_files(make_app: MakeApp, tmp_path: Path, workers: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "page.txt").write_text("a file")
    file = make_app(answering("rust-kitchen") + 'files = ["page.txt"]\n')
    with up(file, "--workers", workers, "--log-dir", "", env={"TMPDIR": str(temporary)}) as app:
        with socket.create_connection(address(app.url), timeout=20) as begun:
            begun.sendall(b"GET /stream?chunks=40&size=8&pause=50 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            received = begun.recv(1 << 16)
            make_app(answering("c-http"))
            reload(app, 1)
            assert get(app.url).text == OLD
            assert len(list(temporary.iterdir())) == 2
            received += until_closed(begun)
        assert received.endswith(b"0\r\n\r\n") and received.count(b"xxxxxxxx") == 40
        until(lambda: len(list(temporary.iterdir())) == 1, "the folder of the first release is removed")


@BOTH
def test_a_broken_manifest_is_shown_with_its_place_and_changes_nothing(make_app: MakeApp, workers: str) -> None:
    file = make_app(answering("c-http"))
    with up(file, "--workers", workers, "--log-dir", "") as app:
        file.write_text(file.read_text() + "sauce = 1\n")
        reload(app, 1, FAILED)
        assert "unknown key `sauce`" in app.stderr and "spin.toml:8:1\n" in app.stderr
        # What only the data plane finds is located, too.
        make_app(answering("wat-unknown-import"))
        reload(app, 2, FAILED)
        assert re.search(r"error: the component exports no HTTP handler.*\n --> \S+spin.toml:\d+:", app.stderr)
        assert {get(app.url).text for _ in range(20)} == {OLD}
        make_app(answering("rust-kitchen"))
        reload(app, 1)
        assert {get(app.url).text for _ in range(20)} == {NEW}


@BOTH
def test_a_fault_of_the_machine_does_not_end_the_server(make_app: MakeApp, tmp_path: Path, workers: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    flags = ("--workers", workers, "--log-dir", "")
    with up(make_app(answering("c-http")), *flags, env={"TMPDIR": str(temporary)}) as app:
        shutil.rmtree(temporary)
        reload(app, 1, FAILED)
        assert "error: the app could not be read again: FileNotFoundError" in app.stderr
        assert get(app.url).text == OLD
        temporary.mkdir()
        reload(app, 1)


@BOTH
def test_a_signal_that_comes_during_a_reload_is_remembered(make_app: MakeApp, workers: str) -> None:
    file = make_app(answering("c-http"))
    with up(file, "--workers", workers, "--log-dir", "", "--disable-cache") as app:
        make_app(answering("go-http"))
        app.signal(signal.SIGHUP)
        until(lambda: bool(compiling(app)), "the first reload compiles")
        make_app('[[trigger.http]]\nroute = "/..."\nstatic_response = { body = "last" }\n')
        app.signal(signal.SIGHUP)
        assert RELOADED not in app.stderr
        app.wait_for(RELOADED, times=2, timeout=60)
        assert {get(app.url).text for _ in range(8)} == {"last"}


def test_a_worker_that_crashes_after_a_reload_starts_with_the_new_app(make_app: MakeApp) -> None:
    file = make_app(answering("c-http"))
    with up(file, "--workers", "2", "--log-dir", "") as app:
        make_app(answering("rust-kitchen"))
        reload(app, 1)
        for victim in app.workers():
            os.kill(victim, signal.SIGKILL)
        app.wait_for("serves again", times=2)
        assert {get(app.url).text for _ in range(20)} == {NEW}
        make_app(answering("c-http"))
        reload(app, 2)
        assert {get(app.url).text for _ in range(20)} == {OLD}


def test_a_worker_that_dies_of_the_new_app_ends_the_reload_and_not_the_server(make_app: MakeApp) -> None:
    file = make_app(answering("c-http"))
    with up(file, "--workers", "2", "--log-dir", "", "--disable-cache") as app:
        make_app(answering("python-http"))
        app.signal(signal.SIGHUP)
        until(lambda: bool(compiling(app)), "a worker compiles")
        os.kill(compiling(app)[0], signal.SIGKILL)
        app.wait_for(FAILED)
        assert "was killed by SIGKILL while it loaded the app again" in app.stderr
        app.wait_for("serves again")
        assert {get(app.url).text for _ in range(20)} == {OLD}


def compiling(app: Up) -> list[int]:
    """The processes of a server that wait for a compiler."""
    return [pid for pid in {app.process.pid, *app.workers()} if compilers(pid)]


@BOTH
def test_request_numbers_go_on_after_a_reload(make_app: MakeApp, workers: str) -> None:
    flags = ("--workers", workers, "--log-dir", "", "--access-log", "text")
    with up(make_app(answering("c-http")), *flags) as app:
        for times in range(1, 4):
            for _ in range(5):
                get(app.url)
            reload(app, times)
        get(app.url)
        app.wait_for(r"(?m)Z \w+ 127\S+ GET / 200", times=16)
        numbers = [line.split()[1] for line in app.stdout.splitlines() if " GET / 200 " in line]
        assert len(numbers) == len(set(numbers)) == 16


@BOTH
def test_changed_files_reload_the_app_where_that_is_asked_for(tmp_path: Path, workers: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "page.txt").write_text("first")
    wasm, manifest = tmp_path / "guest.wasm", tmp_path / "spin.toml"
    shutil.copy(built("rust-kitchen"), wasm)
    manifest.write_text(
        'spin_manifest_version = 2\napplication.name = "test"\n[[trigger.http]]\nroute = "/..."\ncomponent = "k"\n'
        '[component.k]\nsource = "guest.wasm"\nfiles = [{ source = "site", destination = "/" }]\n'
    )
    with up(manifest, "--workers", workers, "--log-dir", "", "--reload") as app:
        page = f"{app.url}/read?path=page.txt"
        assert get(page).text == "first"
        (tmp_path / "site" / "page.txt").write_text("second")
        app.wait_for(RELOADED)
        assert get(page).text == "second"
        # A compiler that is not done yet.
        whole = wasm.read_bytes()
        wasm.write_bytes(whole[: len(whole) // 2])
        app.wait_for(FAILED)
        assert "the file is not valid WebAssembly" in app.stderr
        assert get(page).text == "second"
        shutil.copy(built("c-http"), wasm.with_suffix(".new"))
        wasm.with_suffix(".new").rename(wasm)
        app.wait_for(RELOADED, times=2)
        assert {get(app.url).text for _ in range(10)} == {OLD}
        manifest.write_text(manifest.read_text().replace('"/..."', '"/elsewhere"'))
        app.wait_for(RELOADED, times=3)
        assert get(app.url).status_code == 404


@BOTH
def test_files_with_values_reload_the_app_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("one", "file", "json", "dot", "config")
    variables = "".join(f'{name} = {{ default = "default of {name}" }}\n' for name in names)
    asked = ", ".join(f'{name} = "{{{{ {name} }}}}"' for name in names)
    manifest = write_app(tmp_path, f"{answering('rust-rooms')}variables = {{ {asked} }}\n[variables]\n{variables}")
    (tmp_path / "below").mkdir()
    (tmp_path / "runtime.toml").write_text('[[variables_provider]]\ntype = "env"\ndotenv_path = "below/dots"\n')
    files = {
        "file": (tmp_path / "value", "{}"),
        "json": (tmp_path / "values.json", '{{"json": "{}"}}'),
        "dot": (tmp_path / ".env", "SPIN_VARIABLE_DOT={}\n"),
        "config": (tmp_path / "below" / "dots", "SPIN_VARIABLE_CONFIG={}\n"),
    }
    for name in ("file", "json", "config"):
        files[name][0].write_text(files[name][1].format("first"))
    flags = ["--variable", "one=given", "--variable", "file=@value", "--variable", "@values.json"]
    flags += ["--runtime-config-file", "runtime.toml", "--workers", workers, "--log-dir", "", "--reload"]
    with up(manifest, *flags) as app:

        def value(name: str) -> str:
            return get(f"{app.url}/variables/v2/get", params={"name": name}).text

        seen = {name: value(name) for name in names}
        assert seen == dict.fromkeys(names, "first") | {"one": "given", "dot": "default of dot"}
        # The file of the environment was not there before.
        for times, (name, (file, form)) in enumerate(files.items(), 1):
            file.write_text(form.format("second"))
            app.wait_for(RELOADED, times=times)
            assert value(name) == "second", name
        files["json"][0].write_text("{")
        app.wait_for(FAILED)
        assert value("json") == "second"
        files["json"][0].write_text('{"json": "third"}')
        app.wait_for(RELOADED, times=5)
        assert value("json") == "third"
        # What has nothing to do with it reloads nothing.
        (tmp_path / "other").write_text("second")
        files["file"][0].write_text("third")
        app.wait_for(RELOADED, times=6)
        assert app.stderr.count(RELOADED) == 6


@BOTH
def test_a_server_that_reloads_ends_in_order(make_app: MakeApp, workers: str) -> None:
    with up(make_app(answering("c-http")), "--workers", workers, "--log-dir", "", "--disable-cache") as app:
        make_app(answering("python-http"))
        app.signal(signal.SIGHUP)
        threading.Event().wait(0.3)
        app.signal(signal.SIGTERM)
        assert app.wait(timeout=10) == 0


def test_a_terminal_that_closes_ends_the_server() -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-P", "-m", "atoll", "up", "-f", str(built("c-http")), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        ["setsid", "--ctty", *command, "--workers", "1", "--log-dir", ""], stdin=slave, stdout=slave, stderr=slave
    )
    try:
        os.close(slave)
        said = b""
        while b"Serving http" not in said:
            said += os.read(master, 1 << 12)
        os.close(master)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
