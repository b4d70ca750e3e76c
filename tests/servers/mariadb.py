"""MariaDB with a password and TLS, in a folder of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from tests.servers.running import Running

PASSWORD = "s3cret of/the:test"
QUOTED = "s3cret%20of%2Fthe%3Atest"
SETUP = f"""CREATE DATABASE app;
CREATE DATABASE other;
CREATE USER guest@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO guest@'127.0.0.1';
"""


class Mariadb(Running):
    """A server with the user `guest` and the databases `app` and `other`."""

    def __init__(self, folder: Path, program: str) -> None:
        authority = trustme.CA()
        self.roots = folder / "roots.pem"
        authority.cert_pem.write_to_path(self.roots)
        certificate = authority.issue_cert("127.0.0.1")
        certificate.cert_chain_pems[0].write_to_path(folder / "server.crt")
        certificate.private_key_pem.write_to_path(folder / "server.key")
        (folder / "setup.sql").write_text(SETUP)
        user = "mysql" if os.geteuid() == 0 else None
        if user:
            for path in [folder, *folder.iterdir()]:
                shutil.chown(path, user)
        data = folder / "data"

        def command(port: int) -> list[str]:
            return [
                *(program, "--no-defaults", f"--datadir={data}", "--bind-address=127.0.0.1", f"--port={port}"),
                *(
                    f"--socket={folder / 'socket'}",
                    f"--pid-file={folder / 'pid'}",
                    "--innodb-flush-log-at-trx-commit=0",
                ),
                *(f"--ssl-cert={folder / 'server.crt'}", f"--ssl-key={folder / 'server.key'}"),
                *("--skip-name-resolve", "--innodb-buffer-pool-size=16M", f"--init-file={folder / 'setup.sql'}"),
                "--max-connections=400",
            ]

        super().__init__(command, folder, _answers, user)
        self.url = f"mysql://guest:{QUOTED}@127.0.0.1:{self.port}/app"
        make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
        make += ["--skip-test-db", "--skip-log-bin", "--innodb-log-file-size=4M"]
        subprocess.run(make, check=True, cwd=folder, user=user, capture_output=True)

    def start(self) -> None:
        """Run until it answers; what it made the first time is there the next time."""
        super().start()
        # The server reads this file at each start.
        (self._folder / "setup.sql").write_text("")


def _answers(port: int) -> bool:
    """Whether the server greets: its first packet has the version of the protocol."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(5)[4:] == b"\n"
    except OSError:
        return False


@contextmanager
def mariadb() -> Iterator[Mariadb]:
    """A running server; the test is skipped where there is none."""
    program = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    if program is None or shutil.which("mariadb-install-db") is None:
        pytest.skip("there is no MariaDB: apt-get install mariadb-server")
    # Not pytest's folder: the user that runs the server may not enter it.
    with tempfile.TemporaryDirectory(prefix="mariadb-") as folder:
        server = Mariadb(Path(folder), program)
        try:
            server.start()
            yield server
        finally:
            server.stop()
