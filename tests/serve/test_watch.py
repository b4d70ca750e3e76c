"""`atoll watch`: what is saved is served a moment later, and no request notices."""

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up
from tests.support import ROOT, built, get, needs

OLD, NEW = "c-http", "rust-http"
RELOADED = r"atoll: the app was reloaded"
FAILED = r"atoll: the app was not reloaded; it is served as it was"
Start = Callable[..., Up]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Start]:
    """Watches the app in that folder until the test ends."""
    started: list[Up] = []

    def start(*arguments: str, workers: str = "1") -> Up:
        common = ["-f", str(tmp_path), "--listen", "127.0.0.1:0", "--workers", workers, "--log-dir", ""]
        started.append(Up([*common, *arguments], command="watch"))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def write(folder: Path, *names: str) -> None:
    """Components that are copies of `NAME.src`, and say in `NAME.log` how often they were made."""
    tables = "".join(
        f'[[trigger.http]]\nroute = "/{name}"\ncomponent = "{name}"\n[component.{name}]\nsource = "{name}.wasm"\n'
        f'build = {{ command = "if [ -s {name}.err ]; then cat {name}.err; exit 1; fi; echo x >> {name}.log;'
        f' cp {name}.src {name}.wasm", watch = ["{name}.src", "*.err"] }}\n'
        for name in names
    )
    (folder / "spin.toml").write_text(f'spin_manifest_version = 2\napplication.name = "test"\n{tables}')


def put(folder: Path, name: str, guest: str) -> None:
    """The source of a component is this guest, at once."""
    shutil.copy(built(guest), folder / f"{name}.new")
    os.replace(folder / f"{name}.new", folder / f"{name}.src")


def builds(folder: Path, name: str) -> int:
    return len((folder / f"{name}.log").read_text().splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_only_what_was_saved_is_built_and_exchanged(workers: str, watch: Start, tmp_path: Path) -> None:
    write(tmp_path, "one", "two")
    put(tmp_path, "one", OLD)
    put(tmp_path, "two", OLD)
    app = watch(workers=workers)
    app.wait_until_serving()
    before = get(f"{app.url}/one").text
    put(tmp_path, "one", NEW)
    app.wait_for(RELOADED)
    assert get(f"{app.url}/one").text != before
    assert get(f"{app.url}/two").text == before
    assert (builds(tmp_path, "one"), builds(tmp_path, "two")) == (2, 1)
    time.sleep(0.5)
    # What a build makes is no change.
    assert app.stderr.count("the app was reloaded") == 1
    (tmp_path / "unwatched.txt").write_text("text")
    manifest = tmp_path / "spin.toml"
    manifest.write_text(manifest.read_text().replace('"/two"', '"/three"'))
    app.wait_for(RELOADED, times=2)
    assert get(f"{app.url}/three").text == before
    assert (builds(tmp_path, "one"), builds(tmp_path, "two")) == (2, 1)


@pytest.mark.slow
def test_while_a_build_is_broken_the_old_app_is_served(watch: Start, tmp_path: Path) -> None:
    write(tmp_path, "one")
    put(tmp_path, "one", OLD)
    app = watch()
    app.wait_until_serving()
    before = get(f"{app.url}/one").text
    (tmp_path / "one.err").write_text("main.c:3: it is broken\n")
    app.wait_for(FAILED)
    assert "main.c:3: it is broken" in app.stderr
    assert "error: component `one`: " in app.stderr
    assert get(f"{app.url}/one").text == before
    put(tmp_path, "one", NEW)
    app.wait_for(FAILED, times=2)
    assert get(f"{app.url}/one").text == before
    (tmp_path / "one.err").unlink()
    app.wait_for(RELOADED)
    assert get(f"{app.url}/one").text != before


@pytest.mark.slow
def test_what_cannot_be_served_is_no_reason_to_end(watch: Start, tmp_path: Path) -> None:
    """A component that is no wasm, a manifest that is none."""
    write(tmp_path, "one")
    put(tmp_path, "one", OLD)
    app = watch()
    app.wait_until_serving()
    before = get(f"{app.url}/one").text
    (tmp_path / "one.src").write_text("no wasm")
    app.wait_for(FAILED)
    manifest = tmp_path / "spin.toml"
    text = manifest.read_text()
    manifest.write_text(text.replace("spin_manifest_version = 2", "spin_manifest_version ="))
    app.wait_for(FAILED, times=2)
    assert get(f"{app.url}/one").text == before
    manifest.write_text(text)
    app.wait_for(FAILED, times=3)
    put(tmp_path, "one", NEW)
    app.wait_for(RELOADED)
    assert get(f"{app.url}/one").text != before


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["build", "manifest"])
def test_one_that_begins_broken_waits_for_the_mending(broken: str, watch: Start, tmp_path: Path) -> None:
    write(tmp_path, "one")
    put(tmp_path, "one", OLD)
    manifest = tmp_path / "spin.toml"
    text = manifest.read_text()
    if broken == "build":
        (tmp_path / "one.err").write_text("it is broken")
    else:
        manifest.write_text(text + "[component.one")
    app = watch()
    app.wait_for("atoll: waiting for a change")
    assert "error: " in app.stderr
    (tmp_path / "one.err").unlink(missing_ok=True)
    manifest.write_text(text)
    app.wait_until_serving()
    assert get(f"{app.url}/one").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_one_that_is_built_and_cannot_be_served_waits_for_the_mending(
    workers: str, watch: Start, tmp_path: Path
) -> None:
    write(tmp_path, "one")
    # Whoever loads it looks into its function, which promises a number.
    function = "010501600001 7f 03020100 0a040102000b"
    (tmp_path / "one.src").write_bytes(b"\0asm\x01\0\0\0" + bytes.fromhex(function))
    app = watch(workers=workers)
    app.wait_for("atoll: waiting for a change")
    assert "error: " in app.stderr and builds(tmp_path, "one") == 1
    put(tmp_path, "one", NEW)
    app.wait_until_serving()
    assert get(f"{app.url}/one").status_code == 200


@pytest.mark.slow
def test_an_address_that_is_taken_is_nothing_to_wait_for(watch: Start, tmp_path: Path) -> None:
    write(tmp_path, "one")
    put(tmp_path, "one", OLD)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        app = watch("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        assert app.wait() == 1
    assert "Address already in use" in app.stderr and "waiting" not in app.stderr


@pytest.mark.slow
def test_one_that_waits_is_ended_by_a_signal(watch: Start, tmp_path: Path) -> None:
    write(tmp_path, "one")
    app = watch()
    app.wait_for("atoll: waiting for a change")
    app.signal(signal.SIGTERM)
    assert app.wait() in {1, -signal.SIGTERM}


@pytest.mark.slow
def test_twenty_exchanges_under_load_fail_no_request(watch: Start, tmp_path: Path) -> None:
    write(tmp_path, "one")
    put(tmp_path, "one", OLD)
    app = watch(workers="2")
    app.wait_until_serving()
    answers: dict[int, int] = {}
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=30) as client:
            while not over.is_set():
                status = client.get(f"{app.url}/one").status_code
                answers[status] = answers.get(status, 0) + 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for times in range(1, 21):
            put(tmp_path, "one", NEW if times % 2 else OLD)
            app.wait_for(RELOADED, times=times)
        while sum(answers.values()) < 10_000:
            time.sleep(0.05)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert [*answers] == [200]
    assert builds(tmp_path, "one") == 21


@pytest.mark.slow
def test_a_python_app_is_served_as_it_is_saved(watch: Start, tmp_path: Path) -> None:
    needs("componentize-py")
    source = (ROOT / "examples/hello/app.py").read_text("utf-8")
    app_py = tmp_path / "app.py"
    app_py.write_text(source)
    command = f"componentize-py -d {ROOT}/wit/wasi-0.2.12 -w http componentize app -o app.wasm"
    (tmp_path / "spin.toml").write_text(
        'spin_manifest_version = 2\napplication.name = "test"\n[[trigger.http]]\nroute = "/..."\ncomponent = "app"\n'
        f'[component.app]\nsource = "app.wasm"\nbuild = {{ command = "{command}", watch = ["*.py"] }}\n'
    )
    app = watch()
    app.wait_until_serving()
    assert get(f"{app.url}/world").text == "Hello from /world\n"
    app_py.write_text(source.replace("Hello from", "Goodbye to"))
    app.wait_for(RELOADED, timeout=60)
    assert get(f"{app.url}/world").text == "Goodbye to /world\n"
    app_py.write_text("def broken(:\n")
    app.wait_for(FAILED, timeout=60)
    assert "SyntaxError" in app.stderr
    assert get(f"{app.url}/world").text == "Goodbye to /world\n"


@pytest.mark.slow
def test_a_dependency_that_was_saved_is_exchanged_in_those_that_use_it(watch: Start, tmp_path: Path) -> None:
    write(tmp_path, "part", "other")
    put(tmp_path, "part", OLD)
    put(tmp_path, "other", NEW)
    front = '[component.front]\ndependencies."wasi:http/incoming-handler" = { component = "part" }\n'
    with (tmp_path / "spin.toml").open("a") as manifest:
        manifest.write(
            f'{front}source = "{built("wat-pass")}"\n[[trigger.http]]\nroute = "/..."\ncomponent = "front"\n'
        )
    app = watch()
    app.wait_until_serving()
    old, new = get(f"{app.url}/part").text, get(f"{app.url}/other").text
    assert get(app.url).text == old
    put(tmp_path, "part", NEW)
    app.wait_for(RELOADED)
    assert get(app.url).text == new
    assert (builds(tmp_path, "part"), builds(tmp_path, "other")) == (2, 1)
