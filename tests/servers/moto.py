"""Services of AWS as moto serves them: their APIs in a process of its own, what they keep in memory."""

import sys
from pathlib import Path

from tests.servers.running import Running, listening

REGION, ACCESS_KEY, SECRET_KEY = "eu-central-1", "access-of-the-test", "secret-of-the-test"


class Moto(Running):
    """A server, empty after each start."""

    def __init__(self, folder: Path) -> None:
        def command(port: int) -> list[str]:
            return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

        super().__init__(command, folder, listening)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def signed(service: str) -> str:
    """An `Authorization` of which moto reads the service, and nothing else."""
    return f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/{service}/aws4_request"
