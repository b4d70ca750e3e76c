"""`atoll up` as a child process that a test can talk to, listen to, signal and wait for."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_SERVING = re.compile(r"^Serving (https?://\S+)$", re.MULTILINE)


class Up:
    """A running `atoll up`, or another command that serves. `stdout` and `stderr` hold what it said so far; times are
    seconds.
    """

    def __init__(self, arguments: Sequence[str], *, command: str = "up", env: Mapping[str, str] | None = None) -> None:
        self.stdout = ""
        self.stderr = ""
        self.url = ""
        self._said = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "atoll", command, *arguments],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._readers = [self._reader("stdout", self.process.stdout), self._reader("stderr", self.process.stderr)]

    def wait_until_serving(self, timeout: float = 300) -> None:
        """Raises RuntimeError with what it said if it ends, or does not serve in time."""
        self.url = self.wait_for(_SERVING, timeout=timeout)[1]

    def wait_for(self, pattern: str | re.Pattern[str], *, times: int = 1, timeout: float = 30) -> re.Match[str]:
        """Wait until the pattern was said so many times on either stream; the last match. Raises RuntimeError."""
        wanted = re.compile(pattern)

        def matches() -> list[re.Match[str]]:
            return [*wanted.finditer(self.stdout), *wanted.finditer(self.stderr)]

        until = time.monotonic() + timeout
        with self._said:
            while len(matches()) < times and not self._ended() and (left := until - time.monotonic()) > 0:
                # Who says last that it has ended has not quite ended yet: nobody says anything after it.
                self._said.wait(min(left, 0.1))
            found = matches()
        if len(found) < times:
            raise RuntimeError(f"{wanted.pattern!r} was not said; stdout:\n{self.stdout}\nstderr:\n{self.stderr}")
        return found[-1]

    def workers(self) -> list[int]:
        """The process ids of its workers (Linux)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the supervisor."""
        self.process.send_signal(number)

    def wait(self, timeout: float = 30) -> int:
        """Wait for its end; the exit code. Raises subprocess.TimeoutExpired."""
        code = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return code

    def stop(self) -> int:
        """End it as a service manager would, at once if it does not listen; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.wait()

    def _ended(self) -> bool:
        return self.process.poll() is not None and not any(reader.is_alive() for reader in self._readers)

    def _reader(self, name: str, stream: IO[bytes] | None) -> threading.Thread:
        reader = threading.Thread(target=self._read, args=(name, stream), daemon=True)
        reader.start()
        return reader

    def _read(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                with self._said:
                    setattr(self, name, getattr(self, name) + line.decode(errors="replace"))
                    self._said.notify_all()
        with self._said:
            self._said.notify_all()


@contextmanager
def up(app: str | Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Up]:
    """Serve an app on a free port of the loopback until the block ends. Raises RuntimeError if it cannot be served."""
    started = Up(["-f", str(app), "--listen", "127.0.0.1:0", *arguments], env=env)
    try:
        started.wait_until_serving()
        yield started
    finally:
        started.stop()
