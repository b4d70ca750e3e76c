"""ASGI applications behind real servers: uvicorn on a thread of this process, or any server in a process of its own."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

COMMANDS = {
    "uvicorn": ("uvicorn", "--http", "h11", "--host", "127.0.0.1", "--port", "{port}", "outer:app"),
    "uvicorn with httptools": (
        *("uvicorn", "--http", "httptools", "--loop", "uvloop"),
        *("--host", "127.0.0.1", "--port", "{port}", "outer:app"),
    ),
    "hypercorn": ("hypercorn", "--bind", "127.0.0.1:{port}", "outer:app"),
    "gunicorn with asgi": (
        *("gunicorn", "--no-control-socket", "--worker-class", "asgi"),
        *("--bind", "127.0.0.1:{port}", "outer:app"),
    ),
    "gunicorn": ("gunicorn", "--no-control-socket", "--threads", "4", "--bind", "127.0.0.1:{port}", "outer:app"),
    "granian": ("granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}", "outer:app"),
}


@contextmanager
def uvicorn_on_a_thread(app: Any, **settings: Any) -> Iterator[str]:
    """Its URL; the server has ended with the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", **settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        _wait(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


class Served:
    """A server's process: its URL, and what it has said."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    @property
    def said(self) -> str:
        """Both of its streams, so far."""
        return self._log.read_text("utf-8", "replace")

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until it was said."""
        _wait(lambda: re.search(pattern, self.said) is not None)
        found = re.search(pattern, self.said)
        assert found is not None
        return found


@contextmanager
def served(folder: Path, module: str, server: str = "uvicorn", *more: str) -> Iterator[Served]:
    """Serve `app` of this module's text in a process of its own, from `folder`."""
    (folder / "outer.py").write_text(module)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [part.format(port=port) for part in COMMANDS[server]]
    log = folder / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *more],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    running = Served(process, f"http://127.0.0.1:{port}", log)
    try:
        _wait(lambda: _answers(port) or process.poll() is not None)
        assert process.poll() is None, running.said
        yield running
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _wait(is_so: Any, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)


wait_until = _wait


def client() -> httpx.Client:
    """One that waits long enough for a busy machine, and keeps no connection: not every server says that it closes."""
    return httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


async def nothing_comes() -> Any:
    """For `receive`: a client that is there and says nothing more."""
    return await asyncio.get_running_loop().create_future()
