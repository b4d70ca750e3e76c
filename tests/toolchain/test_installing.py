"""Toolchains are installed for real, into a place of the test's own; whatever happens, nothing half-made counts."""

import importlib.util
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from atoll.errors import UserError
from atoll.toolchain import fetching, machine, registries, rust
from atoll.toolchain.place import Place
from tests.build.apps import written
from tests.toolchain.conftest import Toolchains

PYTHON = "componentize-py 0.25.1"
MODULE = "export function add(a: i32, b: i32): i32 { return a + b }\n"


def of(part: str, made: list[str]) -> list[str]:
    return [name for name in made if name.startswith(f"{part}-")]


def wait_until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.slow
def test_python_is_installed_used_and_removed(toolchains: Toolchains) -> None:
    assert PYTHON in toolchains.install("py")
    assert toolchains.run("componentize-py", "--version") == f"{PYTHON}\n"
    assert toolchains.listed("python")["state"] == "installed"
    assert all(part["size"] > 100_000 for part in toolchains.listed("python")["parts"])
    made = toolchains.made
    assert toolchains.install("python") == []
    assert toolchains.made == made
    toolchains.install("rust")
    toolchains.atoll("toolchain", "remove", "python")
    assert toolchains.commands == {"cargo-wasm"}
    assert [name.partition("-")[0] for name in toolchains.made] == ["scripts"]


@pytest.mark.slow
def test_assemblyscript_is_installed_from_npm_and_builds_an_app(toolchains: Toolchains) -> None:
    source = toolchains.folder / "add.ts"
    source.write_text(MODULE)
    written(toolchains.folder, {"one": 'source = "one.wasm"\nbuild.command = "asc add.ts -o one.wasm --runtime stub"'})
    assert "AssemblyScript 0.28.20" in toolchains.install()
    toolchains.atoll("build")
    assert (toolchains.folder / "one.wasm").read_bytes()[:4] == b"\0asm"
    toolchains.run("component", "new", "one.wasm", "component.wasm")
    assert "component" in toolchains.atoll("inspect", "component.wasm").lower()


@pytest.mark.slow
def test_a_machine_without_node_gets_one_from_pypi(toolchains: Toolchains, machine: Callable[..., str]) -> None:
    path = machine(node="echo v18.20.0")
    assert "Node.js 24.19.0" in toolchains.install("assemblyscript", PATH=path)
    assert toolchains.states("javascript", PATH=path)["nodejs"] == "installed"
    (toolchains.folder / "add.ts").write_text(MODULE)
    toolchains.run("asc", "add.ts", "-o", "add.wasm", PATH=path)
    assert (toolchains.folder / "add.wasm").read_bytes()[:4] == b"\0asm"
    assert toolchains.install("assemblyscript", PATH=path) == []


@pytest.mark.slow
def test_what_a_killed_installation_left_is_made_anew(toolchains: Toolchains) -> None:
    killed = toolchains.start("toolchain", "install", "python")
    wait_until(lambda: of("componentize-py", toolchains.made))
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (toolchains.home / "componentize-py").exists()
    assert toolchains.listed("python")["state"] == "missing"
    assert PYTHON in toolchains.install("python")
    toolchains.run("componentize-py", "--version")
    assert len(of("componentize-py", toolchains.made)) == 1


@pytest.mark.slow
def test_of_two_at_once_the_second_waits_and_finds_everything(toolchains: Toolchains) -> None:
    both = [toolchains.start("toolchain", "install", "python") for _ in range(2)]
    said = [one.communicate(timeout=180)[1] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sorted(text.count(f"installed {PYTHON}") for text in said) == [0, 1]
    assert any(text.strip() == "waiting for another installation that runs here" for text in said)


@pytest.mark.slow
def test_what_the_machine_took_away_is_made_anew(toolchains: Toolchains) -> None:
    """The interpreter of an environment is the machine's."""
    toolchains.install("python")
    interpreter = (toolchains.home / "componentize-py" / "bin" / "python").resolve()
    for name in ("python", "python3", f"python3.{sys.version_info.minor}"):
        link = toolchains.home / "componentize-py" / "bin" / name
        link.unlink()
        link.symlink_to(f"{interpreter}-is-gone")
    assert toolchains.listed("python")["state"] == "outdated"
    assert toolchains.install("python") == [PYTHON]
    toolchains.run("componentize-py", "--version")


@pytest.mark.slow
def test_a_registry_that_is_out_of_reach_is_said_and_what_is_there_stays(
    toolchains: Toolchains, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        registry = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    pip = {"PIP_INDEX_URL": registry, "PIP_RETRIES": "1", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
    npm = {"npm_config_registry": registry, "npm_config_fetch_retries": "0", "npm_config_cache": str(tmp_path / "npm")}
    said = toolchains.refused("toolchain", "install", "c", "rust", **pip, **npm)
    assert "error: Zig 0.17.0 cannot be installed: PyPI cannot be reached\n" in said
    assert "error: JavaScript tools with jco 1.35.0 cannot be installed: npm cannot be reached\n" in said
    assert "hint: mend the network" in said
    assert toolchains.commands == {"cargo-wasm"}
    assert toolchains.listed("rust")["state"] == "installed"
    assert len(toolchains.made) == 1


def failure(*said: str) -> UserError:
    script = "".join(f"echo {line!r} >&2; " for line in said)
    with pytest.raises(UserError) as raised:
        fetching.fetch("Zig", "PyPI", ["sh", "-c", f"{script}exit 3"])
    return raised.value


def test_a_full_disk_is_told_from_other_failures() -> None:
    assert failure("OSError: [Errno 28] No space left on device").code == "toolchain-place-unusable"
    assert failure("EACCES: permission denied, mkdir").code == "toolchain-place-unusable"
    other = failure("one", "two")
    assert (other.code, other.message.splitlines()) == (
        "toolchain-install-failed",
        ["Zig cannot be installed: `sh` ended with code 3:", "one", "two"],
    )


def test_a_client_that_is_missing_is_named() -> None:
    with pytest.raises(UserError) as raised:
        fetching.fetch("jco", "npm", ["no-such-npm", "install"])
    assert raised.value.message == "jco cannot be installed: `no-such-npm` does not run: No such file or directory"


def test_a_python_without_the_means_for_pip_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError) as raised:
        registries.Environment("zig", "Zig", "ziglang", "0.17.0").make(tmp_path / "new", Place(tmp_path))
    assert raised.value.code == "toolchain-python-incomplete"


def test_packages_of_debian_are_for_root_to_install(
    machine: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = machine(**{"apt-get": "exit 9"})
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError) as raised:
        rust.install("Rust")
    assert raised.value.code == "toolchain-needs-root"
    assert "as root: `apt-get install rustc-web=1.96.*" in (raised.value.hint or "")
    Path(path, "apt-get").unlink()
    with pytest.raises(UserError) as raised:
        rust.install("Rust")
    assert raised.value.code == "toolchain-rust-missing"


def test_rustup_is_asked_before_debian(machine_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = machine_path / "asked"
    (machine_path / "rustup").write_text(f'#!/bin/sh\necho "$@" > "{asked}"\n')
    (machine_path / "rustup").chmod(0o755)
    monkeypatch.setenv("PATH", f"{machine_path}{os.pathsep}/bin")
    assert machine.lacking_targets() == ["wasm32-unknown-unknown", "wasm32-wasip1", "wasm32-wasip2"]
    rust.install("Rust")
    assert asked.read_text() == "target add wasm32-unknown-unknown wasm32-wasip1 wasm32-wasip2\n"


@pytest.fixture
def machine_path(tmp_path: Path) -> Path:
    folder = tmp_path / "machine"
    folder.mkdir()
    return folder
