"""memcached, from Debian."""

import getpass
from contextlib import AbstractContextManager
from pathlib import Path

from tests.servers.running import Running, answering


class Memcached(Running):
    """A server, empty after each start."""

    def __init__(self, folder: Path) -> None:
        def command(port: int) -> list[str]:
            return ["memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-u", getpass.getuser()]

        super().__init__(command, folder, answering(b"version\r\n", b"VERSION"))


def memcached(folder: Path) -> AbstractContextManager[Memcached]:
    """A running server."""
    return Memcached(folder).running()
