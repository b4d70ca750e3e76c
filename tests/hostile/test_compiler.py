"""A guest that is made to harm its compiler harms a process that is made for it, within limits, and nobody else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
import pytest

from atoll.app import App
from atoll.errors import AtollError
from atoll.host import Host, Job, Settings
from atoll.host.settings import Compiler, Engine
from atoll.lock import LockSettings
from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.hostile import bombs
from tests.support import answering, built, compilers, get, refused

T = TypeVar("T")
SECRETS = {"AWS_SECRET_ACCESS_KEY": "a-secret-of-the-host", "SPIN_VARIABLE_PASSWORD": "another-secret"}
COMMAND = """\
[[trigger.http]]
route = "/..."
component = "k"
executor = {{ type = "wagi" }}
[component.k]
source = "{file}"
"""


def atoll_run(file: Path, *flags: str) -> subprocess.Popen[str]:
    """An `atoll run` of the file, without a cache."""
    command = [sys.executable, "-P", "-m", "atoll", "run", "--disable-cache", *flags, str(file)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **SECRETS})


def until(asked: Callable[[], T], seconds: float = 20) -> T:
    """Wait until the answer is not empty."""
    end = time.monotonic() + seconds
    while not (answer := asked()) and time.monotonic() < end:
        time.sleep(0.01)
    return answer


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bombs") / "slow.wasm"
    file.write_bytes(bombs.many_functions())
    return file


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bombs") / "large.wasm"
    file.write_bytes(bombs.branches())
    return file


@contextmanager
def compiling(file: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An `atoll run` whose compiler is at work, and that compiler."""
    with atoll_run(file, *flags) as run:
        try:
            [compiler] = until(lambda: compilers(run.pid))
            # Limits and descriptors are settled when the data plane is loaded.
            assert until(lambda: b"_core" in Path(f"/proc/{compiler}/maps").read_bytes())
            yield run, compiler
        finally:
            run.kill()


@pytest.mark.parametrize("start", ["up", "run"])
def test_a_guest_that_compiles_for_ever_is_stopped_and_the_limit_named(
    make_app: MakeApp, slow: Path, start: str
) -> None:
    began = time.monotonic()
    if start == "run":
        run = atoll_run(slow, "--compile-timeout", "700ms")
        said, code = run.communicate(timeout=30)[1], run.returncode
    else:
        app = make_app(COMMAND.format(file=slow))
        flags = ("-f", str(app), "--workers", "1", "--disable-cache", "--compile-timeout", "700ms", "-L", "")
        said, code = refused(*flags).stderr, 1
        assert f"{app}:7:12" in said
    assert code == 1
    assert "compiling the guest took longer than 0.7 s and was stopped" in said
    assert "`--compile-timeout` raises the limit" in said
    assert time.monotonic() - began < 15


def test_a_guest_that_takes_a_lot_of_memory_to_compile_is_stopped_and_the_limit_named(large: Path) -> None:
    run = atoll_run(large, "--compile-memory", "256MiB")
    said = run.communicate(timeout=60)[1]
    assert run.returncode == 1
    assert "compiling the guest took more than 268435456 bytes of memory and was stopped" in said
    assert "`--compile-memory` raises the limit" in said


def test_a_limit_too_small_for_any_guest_names_itself_too() -> None:
    run = atoll_run(built("rust-cli-p1"), "--compile-memory", "8MiB")
    assert "8388608 bytes of memory" in run.communicate(timeout=60)[1]
    assert run.returncode == 1


@pytest.mark.parametrize(
    "wasm",
    [bombs.deep_blocks(50_000), bombs.branch_tables(), bombs.many_functions(2_000)],
    ids=["deep blocks", "branch tables", "many functions"],
)
def test_what_looks_like_a_bomb_but_is_cheap_is_compiled_and_runs(tmp_path: Path, wasm: bytes) -> None:
    file = tmp_path / "cheap.wasm"
    file.write_bytes(wasm)
    run = atoll_run(file)
    assert run.communicate(timeout=60)[1] == ""
    assert run.returncode == 0


def test_a_function_beyond_the_formats_own_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "huge.wasm"
    file.write_bytes(bombs.huge_function())
    run = atoll_run(file)
    assert "not valid WebAssembly: " in run.communicate(timeout=60)[1]
    assert run.returncode == 1


@pytest.mark.parametrize(
    ("number", "said"),
    [(signal.SIGKILL, "it was killed (SIGKILL), by hand or because"), (signal.SIGSEGV, "it was killed by signal 11")],
)
def test_a_compiler_that_is_killed_or_crashes_is_an_error_that_says_so(
    slow: Path, number: signal.Signals, said: str
) -> None:
    with compiling(slow) as (run, compiler):
        os.kill(compiler, number)
        assert f"error: the compiler of the guest failed: {said}" in run.communicate(timeout=20)[1]
        assert run.returncode == 2


def test_the_compiler_inherits_no_secrets_and_no_sockets_and_has_its_limits(slow: Path) -> None:
    with compiling(slow, "--compile-memory", "1GiB", "--compile-timeout", "40s") as (_, compiler):
        about = Path(f"/proc/{compiler}")
        environment = (about / "environ").read_bytes()
        limits = (about / "limits").read_text()
        nice = int((about / "stat").read_text().rpartition(")")[2].split()[16])
        open_files = [os.readlink(file) for file in (about / "fd").iterdir()]
    # The C library reads settings of the kernel's now and then, when it gives memory back.
    open_files = [name for name in open_files if not name.startswith("/proc/sys/")]
    assert not any(secret.encode() in environment for secret in SECRETS.values())
    assert len(open_files) == 3
    assert not [name for name in open_files if name.startswith("socket:")]
    assert nice > os.nice(0)
    for line in ("Max core file size 0 ", "Max data size 1073741824 "):
        assert line in " ".join(limits.split())


def test_a_worker_hands_its_compiler_neither_socket_nor_variable(make_app: MakeApp, slow: Path) -> None:
    app = make_app(COMMAND.format(file=slow))
    loading = Up(["-f", str(app), "--workers", "2", "--disable-cache", "-L", ""], env=SECRETS)
    try:
        [compiler] = until(lambda: [pid for worker in loading.workers() for pid in compilers(worker)])
        assert until(lambda: b"_core" in Path(f"/proc/{compiler}/maps").read_bytes())
        open_files = [os.readlink(file) for file in Path(f"/proc/{compiler}/fd").iterdir()]
        assert not [name for name in open_files if name.startswith("socket:")]
        assert b"secret" not in Path(f"/proc/{compiler}/environ").read_bytes()
        loading.process.kill()
        assert until(lambda: not Path(f"/proc/{compiler}").exists()), "it outlived the server"
    finally:
        loading.stop()


def test_the_compiler_dies_with_whoever_waits_for_it(slow: Path) -> None:
    with compiling(slow) as (run, compiler):
        run.kill()
        assert until(lambda: not Path(f"/proc/{compiler}").exists())


def test_another_server_goes_on_serving_while_a_bomb_is_compiled(
    hello: Up, client: httpx.Client, make_app: MakeApp, slow: Path
) -> None:
    app = make_app(COMMAND.format(file=slow))
    loading = Up(["-f", str(app), "--disable-cache", "--compile-timeout", "3s", "-L", ""])
    try:
        while loading.process.poll() is None:
            began = time.monotonic()
            assert client.get(hello.url).text == "Hello from C\n"
            assert time.monotonic() - began < 2.5
        assert loading.wait() == 1
    finally:
        loading.stop()


def loaded(app: Path, cache: Path | None, compiler: Compiler | None) -> Host:
    locked = App.load(app).lock(LockSettings(working_directory=app.parent))
    engine = Engine(cache_dir=str(cache) if cache else None, compiler=compiler)
    return Host(Job(locked=locked, settings=Settings(engine=engine)))


def test_what_is_in_the_cache_needs_no_compiler(make_app: MakeApp, tmp_path: Path) -> None:
    app, cache = make_app(answering("c-http")), tmp_path / "cache"
    absent = Compiler(argv=[str(tmp_path / "absent")])
    with pytest.raises(AtollError) as caught:
        loaded(app, cache, absent)
    assert (caught.value.code, caught.value.exit_code) == ("compiler-failed", 2)
    assert "it cannot be started" in caught.value.message
    loaded(app, cache, Compiler())
    assert loaded(app, cache, absent).report()["handlers"] == {"k": "http02"}


@pytest.mark.parametrize("guest", ["c-http", "rust-http-p3", "rust-inbound-http-core"])
def test_the_child_makes_what_the_server_itself_would_make(make_app: MakeApp, guest: str) -> None:
    app = make_app(answering(guest))
    by_child, by_itself = loaded(app, None, Compiler()).report(), loaded(app, None, None).report()
    # How large a pool can be depends on what else this process has.
    assert {**by_child, "pool": None} == {**by_itself, "pool": None}


@pytest.mark.parametrize("says", ["", "no report", '{"tasks": "one"}', '{"tasks": "none"}', '{"problem": 3}'])
def test_a_compiler_that_talks_nonsense_is_not_believed(make_app: MakeApp, says: str) -> None:
    app = make_app(answering("c-http"))
    with pytest.raises(AtollError) as caught:
        loaded(app, None, msgspec.structs.replace(Compiler(), argv=["/bin/sh", "-c", f"echo '{says}' >&2"]))
    assert caught.value.code == "compiler-failed"


def test_a_compiler_that_stops_talking_is_not_waited_for(make_app: MakeApp) -> None:
    app = make_app(answering("c-http"))
    began = time.monotonic()
    with pytest.raises(AtollError) as caught:
        loaded(app, None, Compiler(argv=["/bin/sh", "-c", "exec sleep 60"], timeout_ms=300))
    assert caught.value.code == "limit-compile-time"
    assert time.monotonic() - began < 10


def test_a_full_disk_under_the_cache_costs_time_and_not_the_app(make_app: MakeApp, tmp_path: Path) -> None:
    app, cache = make_app(answering("rust-kitchen")), tmp_path / "cache"
    cache.mkdir(mode=0o700)
    serve = [sys.executable, "-P", "-m", "atoll", "up", "-f", str(app), "--listen", "127.0.0.1:0", "--workers", "1"]
    mounted = f'mount -t tmpfs -o size=200k,mode=0700 none "{cache}" && exec "$@"'
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", mounted, "sh", *serve, "--cache-dir", str(cache)]
    server = subprocess.Popen([*command, "-L", ""], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[1]
        assert get(url).text == "Hello from the kitchen\n"
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    run = atoll_run(Path("/dev/zero"))
    assert "`/dev/zero` cannot be read: it is larger than 1073741824 bytes" in run.communicate(timeout=60)[1]


def test_bytes_of_the_cache_that_changed_are_compiled_anew(tmp_path: Path) -> None:
    """28: machine code is believed only with the seal of this host."""
    cache = tmp_path / "cache"
    with up(built("c-http"), "--workers", "1", "-L", "", "--cache-dir", str(cache)) as served:
        assert get(served.url).text == "Hello from C\n"
    [code] = (cache / "code").glob("*.cwasm")
    honest = code.read_bytes()
    for changed in (honest[:-1], honest + b"x", b"", honest[:500] + b"\xcc" * 500 + honest[1000:]):
        code.write_bytes(changed)
        with up(built("c-http"), "--workers", "1", "-L", "", "--cache-dir", str(cache)) as served:
            assert get(served.url).text == "Hello from C\n"
        assert code.read_bytes() == honest


def test_machine_code_is_never_taken_for_a_guest(tmp_path: Path) -> None:
    """28: a `.cwasm` file as a component's source."""
    cache = tmp_path / "cache"
    with up(built("c-http"), "--workers", "1", "-L", "", "--cache-dir", str(cache)):
        pass
    [code] = (cache / "code").glob("*.cwasm")
    run = atoll_run(code)
    assert "not valid WebAssembly" in run.communicate(timeout=60)[1]
    assert run.returncode == 1
