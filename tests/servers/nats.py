"""NATS with JetStream, from Debian's nats-server."""

from contextlib import AbstractContextManager
from pathlib import Path

from tests.servers.running import Running, answering


class Nats(Running):
    """A server, with a user and a password if they are given, or with rules as its configuration file writes them."""

    def __init__(self, folder: Path, user: str = "", password: str = "", rules: str = "") -> None:
        self._login = f"{user}:{password}@" if user else ""

        file = folder / "rules.conf"
        file.write_text(rules)

        def command(port: int) -> list[str]:
            place = ["--addr", "127.0.0.1", "--port", str(port), "--config", str(file)]
            place += ["--jetstream", "--store_dir", str(folder)]
            return ["nats-server", *place, *(["--user", user, "--pass", password] if user else [])]

        super().__init__(command, folder, answering(b"", b"INFO"))

    @property
    def url(self) -> str:
        return f"nats://{self._login}127.0.0.1:{self.port}"


def nats(folder: Path, user: str = "", password: str = "", rules: str = "") -> AbstractContextManager[Nats]:
    """A running server."""
    return Nats(folder, user, password, rules).running()
