"""PostgreSQL, from Debian: a cluster of its own in a temporary folder."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.running import Running

PASSWORD = "password-of-the-test"


class Postgres(Running):
    """A server with the role `postgres`, whose password is `PASSWORD`, and the database `postgres`."""

    def __init__(self, folder: Path, programs: Path) -> None:
        # The server refuses to run as root.
        self._role = "postgres" if os.geteuid() == 0 else None
        self._programs = programs
        data = folder / "data"

        def command(port: int) -> list[str]:
            place = ["-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", ""]
            return [str(programs / "postgres"), *place, "-c", "fsync=off", "-c", "max_connections=40"]

        super().__init__(command, folder, self._answers, self._role)
        (folder / "password").write_text(PASSWORD)
        if self._role is not None:
            shutil.chown(folder, self._role)
            shutil.chown(folder / "password", self._role)
        make = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256"]
        make += ["--pwfile", str(folder / "password"), "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(make, cwd=folder, user=self._role, check=True, capture_output=True)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it at once, its children too, without a checkpoint: what a power cut leaves is what is there."""
        super().stop(how)

    @property
    def url(self) -> str:
        return self.url_of(PASSWORD)

    def url_of(self, password: str) -> str:
        return f"postgres://postgres:{password}@127.0.0.1:{self.port}/postgres"

    def _answers(self, port: int) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        return subprocess.run(asked, check=False).returncode == 0


def programs() -> Path:
    """The folder of the newest version's programs; the test is skipped where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.skip("there is no PostgreSQL: apt-get install postgresql")
    return found[-1]


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server."""
    # Not pytest's folder, into which no other role may look.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = Postgres(Path(folder), programs())
        try:
            server.start()
            yield server
        finally:
            server.stop()
