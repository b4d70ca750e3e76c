"""Mosquitto, an MQTT broker, and its own client to listen with (Debian's mosquitto and mosquitto-clients)."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import trustme

from tests.servers.running import Running, answering

# CONNECT of MQTT 3.1.1 with a clean session and the client id `ready`, and the answer that takes it.
_HELLO = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05ready"
_WELCOME = b"\x20\x02\x00\x00"


class Mosquitto(Running):
    """`port` takes everybody, `guarded_port` the user guest, `tls_port` has a certificate of `roots` for localhost."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.roots = folder / "roots.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.roots)
        issued = authority.issue_cert("localhost")
        issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        issued.private_key_pem.write_to_path(folder / "key.pem")
        subprocess.run(["mosquitto_passwd", "-b", "-c", folder / "users", "guest", "geheim"], check=True)
        self.guarded_port, self.tls_port = (_free_port() for _ in range(2))

        def command(port: int) -> list[str]:
            (folder / "broker.conf").write_text(self._configuration(folder, port, settings))
            return ["mosquitto", "-v", "-c", str(folder / "broker.conf")]

        self.log = folder / "server.log"
        super().__init__(command, folder, answering(_HELLO, _WELCOME))

    @property
    def address(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def _configuration(self, folder: Path, port: int, settings: tuple[str, ...]) -> str:
        tls = [f"cafile {folder}/roots.pem", f"certfile {folder}/cert.pem", f"keyfile {folder}/key.pem"]
        lines = ["per_listener_settings true", "user root", "max_queued_messages 0", *settings]
        lines += [f"listener {port} 127.0.0.1", "allow_anonymous true"]
        lines += [f"listener {self.guarded_port} 127.0.0.1", f"password_file {folder}/users"]
        lines += [f"listener {self.tls_port} 127.0.0.1", "allow_anonymous true", *tls]
        return "\n".join([*lines, ""])

    @asynccontextmanager
    async def listener(self, topic: str) -> AsyncIterator["Listener"]:
        """A subscription that holds from the start of the block."""
        command = [
            "stdbuf",
            "-oL",
            "mosquitto_sub",
            "-p",
            str(self.port),
            "-t",
            topic,
            "-q",
            "2",
            "-d",
            "-F",
            "HEARD %q %x %t",
        ]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, limit=1 << 24)
        assert process.stdout is not None
        listener = Listener(process.stdout)
        try:
            await listener.line("Subscribed ")
            yield listener
        finally:
            process.kill()
            await process.communicate()


class Listener:
    """What `mosquitto_sub` tells."""

    def __init__(self, lines: asyncio.StreamReader) -> None:
        self._lines = lines

    async def line(self, start: str) -> str:
        """The rest of the next line with this start."""
        async with asyncio.timeout(5):
            while line := (await self._lines.readline()).decode():
                if line.startswith(start):
                    return line.removeprefix(start).removesuffix("\n")
        raise EOFError(start)

    async def heard(self, count: int) -> list[tuple[int, str, bytes]]:
        """The next messages: quality of service, topic and payload of each."""
        told = [(await self.line("HEARD ")).split(" ", 2) for _ in range(count)]
        return [(int(qos), topic, bytes.fromhex(payload)) for qos, payload, topic in told]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def mosquitto(folder: Path, *settings: str) -> Iterator[Mosquitto]:
    """A running broker, with further lines of configuration."""
    broker = Mosquitto(folder, *settings)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
