"""Redis in memory, from Debian's redis-server: without TLS on one port, with TLS on another."""

import socket
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import trustme

from tests.servers.running import Running, answering


class Server(Running):
    """`tls_port` has a certificate of `roots` for localhost. What a test changes is lost when it starts again."""

    def __init__(self, folder: Path) -> None:
        self.roots = folder / "roots.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.roots)
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.tls_port: int = free.getsockname()[1]

        def command(port: int) -> list[str]:
            files = ["--tls-cert-file", "server.pem", "--tls-key-file", "server.pem", "--tls-ca-cert-file", "roots.pem"]
            tls = ["--tls-port", str(self.tls_port), "--tls-auth-clients", "no", *files]
            place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
            return ["redis-server", *place, *tls]

        super().__init__(command, folder, answering(b"PING\r\n", b"PONG"))

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def asked(self, *words: str) -> str:
        """What the server answers to a command, by its own tool."""
        command = ["redis-cli", "-p", str(self.port), "--raw", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def clients(self) -> int:
        """How many connections there are, without the one that asks."""
        return len(self.asked("CLIENT", "LIST").splitlines()) - 1


def redis_with_tls(folder: Path) -> AbstractContextManager[Server]:
    """A running server."""
    return Server(folder).running()
