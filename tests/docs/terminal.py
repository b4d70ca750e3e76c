"""A reader's terminals: commands that are typed one after the other, and servers that run in another one meanwhile.

What is printed is compared with what the page says; `…` stands for any number of lines, or for a part of one.
Addresses of a page are
exchanged for free ones, so that pages can be followed side by side.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.blocks import Block
from tests.support import ROOT

SERVERS = re.compile(r"(atoll up|atoll watch|atoll build --up|haproxy -f|docker-registry serve|uvicorn)(?!\S)")
"""Commands that go on until Ctrl-C."""

_LONGEST = 900
"""Seconds that a command may take: a first build of Rust compiles its standard library."""

_TYPED = re.compile(r"(?:[^\n]*\\\n)*[^\n]*")
_ADDRESS = re.compile(r"(?<=127\.0\.0\.1:)\d{4,5}\b")


class Command(NamedTuple):
    """One command, and what it is said to print."""

    line: str
    printed: str


def commands(block: Block) -> Iterator[Command]:
    """What stands behind each `$`, with what it prints. A line that ends with a backslash goes on in the next."""
    first, *others = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not first.strip(), f"{block.place} does not begin with a command"
    for text in others:
        line = _TYPED.match(text)
        assert line is not None
        yield Command(line[0].strip(), text[line.end() :].removeprefix("\n"))


def pattern(said: str) -> str:
    """A regular expression for what a page says is printed."""
    return "(?s:.*?)".join(re.escape(part) for part in said.strip("\n").split("…"))


def listening(pid: int) -> bool:
    """Whether a process, or a child of its, listens on a TCP port (Linux)."""
    rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
    sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    children = (Path(listed).read_text().split() for listed in Path(f"/proc/{pid}/task").glob("*/children"))
    processes = [str(pid), *(child for those in children for child in those)]
    return any(_held(file) in sockets for process in processes for file in Path(f"/proc/{process}/fd").iterdir())


def _held(file: Path) -> str | None:
    """What a descriptor is of; None where it was closed meanwhile."""
    try:
        return os.readlink(file)
    except FileNotFoundError:
        return None


class Ports:
    """The free ports that stand for those of a page."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}

    def real(self, text: str) -> str:
        """A page's text with the ports that are used."""
        return _ADDRESS.sub(lambda port: self._taken(port[0]), text)

    def shown(self, text: str) -> str:
        """What was printed, with the page's ports."""
        shown = {real: port for port, real in self._real.items()}
        return _ADDRESS.sub(lambda port: shown.get(port[0], port[0]), text)

    def _taken(self, port: str) -> str:
        if port not in self._real:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self._real[port] = str(free.getsockname()[1])
        return self._real[port]


class Server:
    """A command that runs in a terminal of its own. `said` is all that it has printed."""

    def __init__(self, line: str, folder: Path, environment: dict[str, str], ports: Ports) -> None:
        self.said = ""
        self._heard = 0
        self._ports = ports
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            ["bash", "-c", f"exec {line}"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def hear(self, said: str, *, begins: bool = False, timeout: float = _LONGEST) -> None:
        """Wait until it prints this, after what was heard before; `begins` is for a command's first words."""
        wanted = re.compile(("" if begins else "^") + pattern(said) + r"(?=\n)", re.MULTILINE)
        until = time.monotonic() + timeout
        with self._news:
            while (
                (found := self._search(wanted, begins)) is None and self._reader.is_alive() and time.monotonic() < until
            ):
                self._news.wait(0.2)
            found = found or self._search(wanted, begins)
        assert found is not None, f"was not printed:\n{said}\nbut:\n{self._said_since()}"
        self._heard += found.end()

    def wait_until_listening(self, timeout: float = 30) -> None:
        """For a server that prints nothing: wait until it has a socket that clients can connect to."""
        until = time.monotonic() + timeout
        while not listening(self._process.pid):
            assert self._reader.is_alive() and time.monotonic() < until, f"does not listen:\n{self.said}"
            time.sleep(0.05)

    def settle(self, quiet: float = 1) -> None:
        """Wait until it has printed nothing for so long; what it printed is heard."""
        with self._news:
            while self._news.wait(quiet):
                pass
            self._heard = len(self._ports.shown(self.said))

    def stop(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        assert code in (0, -signal.SIGINT, 130), f"ended with {code}:\n{self.said}"

    def kill(self) -> None:
        """End it, however it likes that."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)

    def _said_since(self) -> str:
        return self._ports.shown(self.said)[self._heard :]

    def _search(self, wanted: re.Pattern[str], begins: bool) -> re.Match[str] | None:
        said = self._said_since()
        return wanted.match(said) if begins else wanted.search(said)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                with self._news:
                    self.said += line.decode(errors="replace")
                    self._news.notify_all()


class Terminal:
    """Where a reader types the commands of one page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = Ports()
        self._servers: dict[str, Server] = {}
        self._latest: Server | None = None
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"])
        listen = self.ports.real("127.0.0.1:3000")
        # curl says how it goes on only where somebody looks.
        told = {"CURL_HOME": str(Path(__file__).parent), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
        self._environment = {**os.environ, **told, "PATH": path, "ATOLL_LISTEN": listen}

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        for server in self._servers.values():
            if failure:
                server.kill()
            else:
                server.stop()

    def type(self, command: Command, *, fails: bool = False) -> None:
        """Do what a reader does: type it, and look at what is printed."""
        line = self.ports.real(command.line)
        if line.startswith("make "):
            # It would run these tests.
            target = line.split()[1]
            assert re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        elif SERVERS.match(line) and not fails:
            self._serve(line, command.printed)
        else:
            self._run(line, command.printed, fails)

    def hear(self, said: str) -> None:
        """Look at what the server that was started last prints now."""
        assert self._latest is not None, "nothing runs"
        self._latest.hear(said, timeout=120)

    def settle(self) -> None:
        """Wait until the server that was started last has said all, as a reader does before the next change."""
        if self._latest is not None:
            self._latest.settle()

    def _serve(self, line: str, printed: str) -> None:
        program = line.split(maxsplit=1)[0]
        if program in self._servers:
            self._servers.pop(program).stop()
        started = self._servers[program] = Server(line, self.folder, self._environment, self.ports)
        if program == "atoll":
            self._latest = started
        if program == "atoll" or printed:
            started.hear(printed or "…Serving http…", begins=True)
        else:
            started.wait_until_listening()

    def _run(self, line: str, printed: str, fails: bool) -> None:
        where = self.folder / ".where"
        ended = subprocess.run(
            ["bash", "-c", f'{line}\ncode=$?; pwd >"$0"; exit $code', str(where)],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_LONGEST,
            check=False,
        )
        output = self.ports.shown(ended.stdout)
        assert (ended.returncode != 0) == fails, f"`{line}` ended with {ended.returncode}:\n{output}"
        if printed:
            assert re.fullmatch(pattern(printed), output.strip("\n")), f"`{line}` printed:\n{output}"
        self.folder = Path(where.read_text().strip())
        where.unlink()
