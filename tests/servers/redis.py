"""Redis, from Debian's redis-server."""

from contextlib import AbstractContextManager
from pathlib import Path

from tests.servers.running import Running, answering


class Redis(Running):
    """A server, with a password if one is given; it writes each command to a file before it answers."""

    def __init__(self, folder: Path, password: str = "", *options: str) -> None:
        self._password = password

        def command(port: int) -> list[str]:
            kept = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
            place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
            return ["redis-server", *place, *kept, *(["--requirepass", password] if password else []), *options]

        # Without the password it answers too, and that is enough; while it loads its file, it answers LOADING.
        super().__init__(command, folder, answering(b"GET x\r\n", b"NOAUTH" if password else b"$-1"))

    @property
    def url(self) -> str:
        return f"redis://{f':{self._password}@' if self._password else ''}127.0.0.1:{self.port}/0"


def redis(folder: Path, password: str = "", *options: str) -> AbstractContextManager[Redis]:
    """A running server."""
    return Redis(folder, password, *options).running()
