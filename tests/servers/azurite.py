"""Azure Blob Storage as Microsoft's Azurite serves it, in memory, with the account and key that it documents."""

import base64
import hashlib
import hmac
import shutil
from contextlib import AbstractContextManager
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from tests.servers.running import Running, listening
from tests.support import ROOT

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_INSTALLED = ROOT / "build" / "servers" / "node_modules" / ".bin" / "azurite-blob"
_VERSION = "2021-08-06"


class Azurite(Running):
    """A server, empty after each start."""

    def __init__(self, folder: Path) -> None:
        program = _INSTALLED if _INSTALLED.exists() else shutil.which("azurite-blob")
        if program is None:
            pytest.skip("azurite is not installed: scripts/install_servers")

        def command(port: int) -> list[str]:
            place = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
            return [str(program), *place, "--inMemoryPersistence", "--silent", "--disableTelemetry"]

        super().__init__(command, folder, listening)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    def make_container(self, name: str) -> None:
        """An empty one."""
        told = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION}
        lines = [
            *(f"{key}:{value}" for key, value in told.items()),
            f"/{ACCOUNT}/{ACCOUNT}/{name}",
            "restype:container",
        ]
        signed = hmac.digest(base64.b64decode(KEY), ("PUT" + "\n" * 12 + "\n".join(lines)).encode(), hashlib.sha256)
        headers = told | {"Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(signed).decode()}"}
        made = httpx.put(f"{self.url}/{name}?restype=container", headers=headers, timeout=30)
        made.raise_for_status()


def azurite(folder: Path) -> AbstractContextManager[Azurite]:
    """A running server."""
    return Azurite(folder).running()
