"""What tests of several folders use by name: built guests, raw connections."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import httpx
import pytest

from atoll import toolchain
from atoll.testing import Up

ROOT = Path(__file__).parents[1]
GUESTS = ROOT / "build" / "guests"
TOOLCHAINS = toolchain.home()
# What only tests and examples need.
TEST_TOOLS = ROOT / "build" / "test-tools"
TOOLS_PATH = os.pathsep.join([str(TEST_TOOLS / "bin"), toolchain.search_path()])
# Also for tests whose home folder is their own.
os.environ["ATOLL_TOOLCHAINS"] = str(TOOLCHAINS)

# A busy machine may take longer than the five seconds of httpx.
get = partial(httpx.get, timeout=30)


def built(name: str) -> Path:
    """A guest's file; the test is skipped where its toolchain was not at hand."""
    file = GUESTS / f"{name}.wasm"
    if not file.exists():
        pytest.skip(f"the guest {name} is not built: make guests")
    return file


def needs(*programs: str) -> None:
    """The test is skipped where one of these is not installed."""
    for program in programs:
        if shutil.which(program, path=TOOLS_PATH) is None:
            pytest.skip(f"{program} is not installed: make toolchains")


def tool(program: str) -> str:
    """The path of a program that only tests need; the test is skipped where it is not installed."""
    found = shutil.which(program, path=TOOLS_PATH)
    if found is None:
        pytest.skip(f"{program} is not installed: make toolchains")
    return found


def built_example(path: str, tool: str) -> Path:
    """The example's folder, built as its manifest says; the test is skipped where its tool is not installed."""
    needs(tool)
    folder = ROOT / path
    command = [sys.executable, "-P", "-m", "atoll", "build", "-f", str(folder)]
    subprocess.run(command, env={**os.environ, "PATH": TOOLS_PATH}, check=True)
    return folder


def write_app(folder: Path, rest: str) -> Path:
    """The manifest of an app in `folder`; `<NAME>` becomes the path of that guest."""
    parts = rest.split("<")
    text = parts[0]
    for part in parts[1:]:
        name, _, tail = part.partition(">")
        text += str(built(name)) + tail
    file = folder / "spin.toml"
    file.write_text(f'spin_manifest_version = 2\napplication.name = "test"\n{text}', "utf-8")
    return file


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answering(guest: str) -> str:
    """The part of a manifest where this guest answers every path; what follows it are more keys of the component."""
    return f'[[trigger.http]]\nroute = "/..."\ncomponent = "k"\n[component.k]\nsource = "<{guest}>"\n'


def refused(*arguments: str, env: Mapping[str, str] | None = None) -> Up:
    """An `atoll up` that must not serve: it has ended with exit code 1, and what it said can be read.

    Unless told where, it listens on a free port: the default one may be another test's.
    """
    ended = Up(arguments, env={"ATOLL_LISTEN": "127.0.0.1:0", **(env or {})})
    try:
        assert ended.wait() == 1
    finally:
        ended.stop()
    return ended


def refused_with(config: str, manifest: Path) -> Up:
    """The same for an app with this runtime config."""
    file = manifest.with_name("runtime.toml")
    file.write_text(config)
    return refused("-f", str(manifest), "--listen", "127.0.0.1:0", "--runtime-config-file", str(file))


def address(url: str) -> tuple[str, int]:
    """Host and port of `http://host:port`."""
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def exchange(url: str, sent: bytes, *, timeout: float = 20) -> bytes:
    """Send bytes over a connection of its own; what comes back until the server closes it.

    Unless `connection: close` is sent, the sending side closes when the answer has begun: before that, and while the
    guest still writes, the server takes it for a client that left.
    """
    with socket.create_connection(address(url), timeout=timeout) as connection:
        connection.sendall(sent)
        begun = connection.recv(1 << 16)
        if b"connection: close" not in sent.lower():
            connection.shutdown(socket.SHUT_WR)
        return begun + until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    """All that the other side says until it closes."""
    received = b""
    while part := connection.recv(1 << 16):
        received += part
    return received


def compilers(of: int) -> list[int]:
    """The compilers that a process has started, whichever thread did so."""
    found = []
    for listed in Path(f"/proc/{of}/task").glob("*/children"):
        pids = map(int, listed.read_text().split())
        found += [pid for pid in pids if b"compiler.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return found


def resident(pid: int) -> int:
    """Resident memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
