"""PostgreSQL with passwords and TLS, in a folder of its own, in another time zone than UTC."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from tests.servers.postgres import programs
from tests.servers.running import Running

PASSWORD = "s3cret of/the:test"
QUOTED = "s3cret%20of%2Fthe%3Atest"


class PostgresTls(Running):
    """A server with the role and database `postgres`; it refuses to run as root, so root runs it as that user."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._programs = programs
        authority = trustme.CA()
        self.ca_root = authority.cert_pem.bytes().decode()
        user = "postgres" if os.geteuid() == 0 else None

        def command(port: int) -> list[str]:
            settings = {
                "listen_addresses": "127.0.0.1",
                "port": str(port),
                "unix_socket_directories": "",
                "fsync": "off",
                "max_connections": "40",
                "ssl": "on",
                "ssl_cert_file": str(folder / "server.crt"),
                "ssl_key_file": str(folder / "server.key"),
                "timezone": "Asia/Tokyo",
            }
            flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            return [str(programs / "postgres"), "-D", str(folder / "data"), *flags]

        super().__init__(command, folder, self._answers, user)
        self.url = f"postgres://postgres:{QUOTED}@127.0.0.1:{self.port}/postgres"
        certificate = authority.issue_cert("127.0.0.1")
        certificate.cert_chain_pems[0].write_to_path(folder / "server.crt")
        certificate.private_key_pem.write_to_path(folder / "server.key")
        (folder / "server.key").chmod(0o600)
        (folder / "password").write_text(PASSWORD)
        if user:
            for path in [folder, *folder.iterdir()]:
                shutil.chown(path, user)
        make: list[str | Path] = [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            "--no-sync",
        ]
        make += ["--encoding=UTF8", "--locale=C", f"--pwfile={folder / 'password'}"]
        subprocess.run(make, check=True, cwd=folder, user=user, capture_output=True)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it as a crash would, with its children."""
        super().stop(how)

    def _answers(self, port: int) -> bool:
        asked: list[str | Path] = [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        return subprocess.run(asked, check=False).returncode == 0


@contextmanager
def postgres_tls() -> Iterator[PostgresTls]:
    """A running server; the test is skipped where there is none."""
    # Not pytest's folder: the user that runs the server may not enter it.
    with tempfile.TemporaryDirectory(prefix="postgres-tls-") as folder:
        server = PostgresTls(Path(folder), programs())
        try:
            server.start()
            yield server
        finally:
            server.stop()
