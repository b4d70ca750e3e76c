"""The servers that are measured, started as their users start them."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.claim import Unmeasured
from bench.guests import Guest
from bench.manifest import NATIVE, hello
from bench.process import HOST, Process, free_port

SOURCES = Path(__file__).resolve().parent.parent / "python"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that answers the guest's words, and the process that gives the answer."""

    process: Process
    body: bytes
    path: str = "/"

    @property
    def host(self) -> str:
        return f"{HOST}:{self.process.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to run `wasmtime serve`."""

    title: str
    flags: tuple[str, ...] = ()


DEFAULTS = Peer("wasmtime serve, defaults")
BEST = Peer("wasmtime serve, best", ("-O", "pooling-memory-keep-resident=2097152,pooling-table-keep-resident=524288"))


def cores() -> int:
    """The cores that this process, and so everything it starts, may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def atoll(guest: Guest, workers: int) -> Iterator[Target]:
    """`atoll up` of a manifest with the guest and, at `NATIVE`, a static response."""
    with up(hello(guest), workers, guest.atoll) as process:
        yield Target(process, guest.body)


@contextmanager
def up(manifest: str, workers: int, flags: Sequence[str] = (), packages: str = "") -> Iterator[Process]:
    """`atoll up` of a manifest. `packages` is a path with further Python packages."""
    port = free_port()
    listen = ["--listen", f"{HOST}:{port}", "--workers", str(workers)]
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as work:
        (Path(work) / "spin.toml").write_text(manifest)
        command = [sys.executable, "-m", "atoll", "up", *listen, *flags]
        path = os.pathsep.join(filter(None, (str(SOURCES), packages)))
        with serving(command, port, Path(work), {**environment(), "PYTHONPATH": path}) as process:
            yield process


@contextmanager
def wasmtime_serve(guest: Guest, peer: Peer) -> Iterator[Target]:
    """`wasmtime serve` of the same file. Raises Unmeasured where it is not installed."""
    binary = peers.wasmtime()
    if binary is None:
        raise Unmeasured(f"wasmtime {peers.WASMTIME} is not installed: make bench-peers")
    port = free_port()
    command = [str(binary), "serve", "--addr", f"{HOST}:{port}", *peer.flags, *guest.wasmtime, str(guest.file)]
    with (
        tempfile.TemporaryDirectory(prefix="atoll-bench-") as work,
        serving(command, port, Path(work), environment()) as process,
    ):
        yield Target(process, guest.body)


def native(target: Target) -> Target:
    """The front of the same process, answering by itself."""
    return Target(target.process, target.body, NATIVE)


def peers_of(stack: ExitStack, guest: Guest, *ways: Peer) -> dict[str, Target | Unmeasured]:
    """Start the peer in each way, for as long as the stack lives; instead of one that cannot start, why it cannot."""
    found: dict[str, Target | Unmeasured] = {}
    for way in ways:
        try:
            found[way.title] = stack.enter_context(wasmtime_serve(guest, way))
        except Unmeasured as trouble:
            found[way.title] = trouble
    return found


def environment() -> dict[str, str]:
    """Ours without RUST_BACKTRACE and its like, which make every error inside of a request a costly one.

    Nor with PYTHONDONTWRITEBYTECODE, as users have it: each start would compile our sources again.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUST_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


@contextmanager
def serving(command: Sequence[str], port: int, work: Path, variables: Mapping[str, str]) -> Iterator[Process]:
    """A server process that listens, until the block ends."""
    process = Process(command, port, work, variables)
    try:
        process.wait_until_listening()
        yield process
    finally:
        process.stop()
