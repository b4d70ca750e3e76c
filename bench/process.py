"""A server process of ours: started, awaited by connecting, weighed, stopped with all its children."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from bench.claim import Unmeasured

HOST = "127.0.0.1"
# Seconds. The longest start is a first compilation of CPython on busy cores.
_START = 180.0
_STOP = 15.0
_RETRY_MS = 1


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


class Process:
    """A started server. It leads a session of its own, by which its children are found."""

    def __init__(self, command: Sequence[str], port: int, work: Path, environment: Mapping[str, str]) -> None:
        self.port = port
        self._log = work / "output.log"
        self.started = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._ended = os.pidfd_open(self._process.pid)

    def wait_until_listening(self) -> None:
        """Return when the port accepts a connection. Raises Unmeasured when the server ends or takes too long."""
        watch = select.poll()
        watch.register(self._ended, select.POLLIN)
        deadline = time.monotonic() + _START
        while not self._accepts():
            if watch.poll(_RETRY_MS):
                raise Unmeasured(f"the server ended: {self._last_words()}")
            if time.monotonic() > deadline:
                raise Unmeasured(f"the server did not listen within {_START:.0f} s")

    def resident_bytes(self) -> int:
        """Resident memory of all its processes together; a page that two of them share counts twice."""
        return self._weigh("Rss")

    def own_bytes(self) -> int:
        """Resident memory that is no mapped file: what the kernel cannot drop and read again.

        It is private or shared memory without a file (the images of guests are such); a page that several of the
        processes share counts once.
        """
        return self._weigh("Pss_Anon", "Pss_Shmem")

    def stop(self) -> None:
        """Ask it to stop, wait, and kill what is left of it."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP)
        for pid in self._members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ended)

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0

    def _members(self) -> list[int]:
        return [pid for pid, session in _sessions() if session == self._process.pid]

    def _weigh(self, *names: str) -> int:
        return sum(_sizes(pid, names) for pid in self._members())

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[0] if said else "it said nothing"


def _sessions() -> Iterator[tuple[int, int]]:
    """Every process of the machine that is not a zombie, with the session that it belongs to."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                # The name before the last bracket may hold anything; then come state, parent, group, session.
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if fields[0] != "Z":
                    yield int(folder.name), int(fields[3])


def _sizes(pid: int, names: Collection[str]) -> int:
    """Bytes in these lines of a process's memory, summed over its mappings."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = [int(line.split()[1]) * 1024 for line in lines if line.partition(":")[0] in names]
    if len(sizes) < len(names):
        raise Unmeasured("the kernel does not tell how much memory the server has")
    return sum(sizes)
