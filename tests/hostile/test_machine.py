"""What the machine does to a server: full disks, blocked pipes, clocks that jump, kills."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from atoll.testing import up
from tests.conftest import MakeApp
from tests.hostile.harm import unharmed
from tests.support import answering, built, get, write_app

ALIVE = "Hello from the kitchen\n"


@contextmanager
def serving(command: list[str], env: dict[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server whose standard output nobody reads after its first line."""
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **(env or {})}
    )
    try:
        assert server.stdout is not None
        yield server, server.stdout.readline().split()[1]
    finally:
        server.kill()
        server.communicate(timeout=30)


def serve(app: Path, *flags: str) -> list[str]:
    return [sys.executable, "-P", "-m", "atoll", "up", "-f", str(app), "--listen", "127.0.0.1:0", *flags]


def test_a_full_disk_under_the_logs_costs_lines_and_not_the_app(tmp_path: Path, make_app: MakeApp) -> None:
    """60."""
    app, logs = make_app(answering("rust-kitchen")), tmp_path / "logs"
    logs.mkdir()
    mounted = f'mount -t tmpfs -o size=16k none "{logs}" && exec "$@"'
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", mounted, "sh"]
    with serving([*command, *serve(app, "--workers", "1", "-q", "-L", str(logs))]) as (server, url):
        for number in range(300):
            assert get(url + f"/log?text={'x' * 500}{number}").text == "logged"
        kept = Path(f"/proc/{server.pid}/root{logs}") / "k_stdout.txt"
        assert 0 < kept.stat().st_size <= 16 << 10
        assert get(url).text == ALIVE


@pytest.mark.parametrize("workers", ["1", "2"])
def test_output_that_nobody_reads_holds_up_neither_calls_nor_the_end(make_app: MakeApp, workers: str) -> None:
    """60: the log's sink, a pipe, is full."""
    app = make_app(answering("rust-kitchen"))
    with serving(serve(app, "--workers", workers, "-L", "", "--drain-timeout", "1s")) as (server, url):
        with httpx.Client(timeout=30) as client:
            for _ in range(1_500):
                assert client.get(url + f"/log?text={'x' * 300}").text == "logged"
            assert client.get(url).text == ALIVE
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=15) == 0


def test_guests_of_either_kind_run_in_a_small_address_space(tmp_path: Path) -> None:
    """39 bits, as the kernels of small boards give."""
    second = '[[trigger.http]]\nroute = "/async"\ncomponent = "p3"\n[component.p3]\nsource = "<rust-http-p3>"\n'
    app = write_app(tmp_path, answering("c-http") + second)
    command = ["prlimit", f"--as={1 << 39}", *serve(app, "--workers", "1")]
    with serving(command) as (_, url), ThreadPoolExecutor(40) as pool:
        answers = pool.map(lambda path: get(url + path).status_code, ["/", "/async"] * 100)
        assert set(answers) == {200}


def test_after_a_kill_the_next_server_finds_everything_in_order(tmp_path: Path) -> None:
    """60: kill -9 in the midst of compiling and serving, then a start."""
    app, cache = write_app(tmp_path, answering("rust-kitchen")), str(tmp_path / "cache")
    for after in (0.2, 0.35, 0.5, 0.7, 0.9):
        begun = subprocess.Popen(
            serve(app, "--workers", "1", "--cache-dir", cache), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(after)
        begun.kill()
        begun.wait()
    with up(app, "--workers", "1", "--cache-dir", cache) as served:
        assert get(served.url).text == ALIVE


def test_a_clock_that_jumps_neither_kills_nor_spares_a_call(tmp_path: Path) -> None:
    """60: deadlines and timers follow the monotonic clock."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    app = write_app(tmp_path, answering("rust-kitchen") + 'tool.atoll.limits = { deadline = "2s" }\n')
    stamp = tmp_path / "stamp"
    stamp.write_text("+0")
    env = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with serving(serve(app, "--workers", "1", "-L", ""), env) as (_, url):
        for jump in ("+3600", "-86400", "+400d"):
            stamp.write_text(jump)
            began = time.monotonic()
            assert get(url + "/sleep?ms=300").text == "slept"
            assert time.monotonic() - began < 10
            assert get(url + "/sleep?ms=20000", timeout=10).status_code == 504
            assert get(url).text == ALIVE


def test_faketime_does_move_the_clock() -> None:
    """Without this the test above could not fail."""
    told = subprocess.run(["faketime", "-f", "+400d", "date", "+%s"], capture_output=True, check=True)
    assert int(told.stdout) > time.time() + 300 * 86_400
    assert shutil.which("faketime")


def test_handles_of_files_are_bounded_and_the_host_keeps_descriptors_to_spare(
    make_app: MakeApp, tmp_path: Path
) -> None:
    """32: a guest that keeps every file it opens."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    (tmp_path / "hoard.wat").write_text(HOARD)
    app = make_app(
        answering("rust-kitchen")
        + '[[trigger.http]]\nroute = "/hoard"\ncomponent = "hoard"\nexecutor = { type = "wagi" }\n[component.hoard]\n'
        'source = "hoard.wat"\nfiles = [{ source = "folder", destination = "/" }]\n'
        "tool.atoll.limits = { handles = 300 }\n"
    )
    with up(app, "--workers", "1", "-L", "") as served:
        assert get(served.url).text == ALIVE
        with unharmed(served):
            for _ in range(5):
                assert get(served.url + "/hoard").status_code == 500
                assert get(served.url).text == ALIVE


HOARD = """(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "file")
  (func (export "_start")
    (loop $more
      (br_if $more (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4)
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))))
    unreachable))
"""
RENUMBER = """(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "file")
  (func $one
    (if (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4)
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)) (then unreachable)))
  (func (export "_start") (local $left i32)
    (call $one)
    (local.set $left (i32.const 20000))
    (loop $more
      (call $one)
      (if (call $renumber (i32.load (i32.const 64)) (i32.const 4)) (then unreachable))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $more (local.get $left)))
    (drop (call $renumber (i32.const -1) (i32.const 4)))
    (drop (call $renumber (i32.const 4) (i32.const -1)))
    (drop (call $renumber (i32.const 4) (i32.const 0x7fffffff)))
    (drop (call $renumber (i32.const 1) (i32.const 3)))))
"""


def test_descriptors_that_are_renumbered_do_not_pile_up(tmp_path: Path) -> None:
    """32: CVE-2025-53901 and GHSA-3p27-qvp9-27qf; with handles for a hundred files, twenty thousand renumberings."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "renumber.wat").write_text(RENUMBER)
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)); from atoll.cli import main; main()"
    )
    command = ["run", "--disable-cache", "--dir", f"{tmp_path}::/", str(tmp_path / "renumber.wat")]
    ended = subprocess.run(
        [sys.executable, "-P", "-c", limited, *command], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_folder_of_many_names_is_listed_within_the_limits(tmp_path: Path) -> None:
    """32."""
    for number in range(5_000):
        (tmp_path / f"{number}-{'x' * 100}").touch()
    command = [sys.executable, "-P", "-m", "atoll", "run", "--memory", "32MiB", "--dir", f"{tmp_path}::/d"]
    ended = subprocess.run(
        [*command, str(built("c-cli-p1")), "--", "list", "/d"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) == 5_000


@pytest.mark.parametrize("guest", ["c-cli-p1", "c-cli-p2"])
def test_a_folder_that_turns_into_a_link_while_it_is_read_leads_nowhere(tmp_path: Path, guest: str) -> None:
    """31: the race between looking and opening."""
    outside, granted = tmp_path / "outside", tmp_path / "granted"
    for folder in (outside, granted / "real"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("harmless")
    (outside / "file").write_text("a secret of the host")
    swapping = subprocess.Popen([sys.executable, "-c", SWAP, str(granted), str(outside)])
    try:
        for _ in range(6):
            arguments = ["--dir", f"{granted}::/d", str(built(guest)), "--"]
            command = [sys.executable, "-P", "-m", "atoll", "run", *arguments]
            churned = subprocess.run([*command, "churn", "/d/x/file"], capture_output=True, timeout=60, check=False)
            read = subprocess.run([*command, "read", "/d/x/file"], capture_output=True, timeout=60, check=False)
            assert b"secret" not in read.stdout
            assert churned.returncode in (0, 1)
    finally:
        swapping.kill()
        swapping.wait()


SWAP = """
import os, sys
granted, outside = sys.argv[1:]
os.chdir(granted)
os.symlink(outside, "link")
os.symlink("real", "x")
while True:
    os.symlink(outside, "new"); os.replace("new", "x")
    os.symlink("real", "new"); os.replace("new", "x")
"""
