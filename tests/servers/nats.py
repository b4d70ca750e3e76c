"""NATS with JetStream, from Debian's nats-server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.running import Running, answering


class Nats(Running):
    """A server, with a user and a password if they are given."""

    def __init__(self, folder: Path, user: str = "", password: str = "") -> None:
        self._login = f"{user}:{password}@" if user else ""

        def command(port: int) -> list[str]:
            place = ["--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir", str(folder)]
            return ["nats-server", *place, *(["--user", user, "--pass", password] if user else [])]

        super().__init__(command, folder, answering(b"", b"INFO"))

    @property
    def url(self) -> str:
        return f"nats://{self._login}127.0.0.1:{self.port}"


@contextmanager
def nats(folder: Path, user: str = "", password: str = "") -> Iterator[Nats]:
    """A running server."""
    server = Nats(folder, user, password)
    try:
        server.start()
        yield server
    finally:
        server.stop()
