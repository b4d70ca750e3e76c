"""The SQL databases of which guests ask: what differs between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.rooms.conftest import Room
from tests.servers.mariadb import Mariadb, mariadb
from tests.servers.postgres_tls import PostgresTls, postgres_tls


@dataclass(frozen=True)
class Database:
    """A running server, and how its dialect says what every test asks."""

    room: str
    table: str
    """Of the runtime config."""
    server: PostgresTls | Mariadb
    session: str
    """The number of the connection on the server."""
    sleep: str
    """Sixty seconds."""
    sleeping: str
    """How many such statements run."""
    many: str
    """Ten thousand rows."""
    large: str
    """More than 128 MiB in many rows."""

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def grant(self) -> str:
        """The key of the manifest that lets a component connect to this server, and to no other."""
        return f'allowed_outbound_hosts = ["{self.room}://127.0.0.1:{self.server.port}"]\n'

    def ask(self, room: Room, statement: str, *parameters: str, version: str = "v2/", what: str = "query") -> str:
        """What the guest says; a parameter is a kind and a value."""
        body = "\n".join([statement, *parameters]).encode()
        return room(f"{self.room}/{version}{what}", body, address=self.url).decode()

    def held(self, room: Room, count: int) -> str:
        """So many connections, one beside the other: how many there were."""
        return room(f"{self.room}/v2/many", address=self.url, count=count).decode()

    def rows(self, room: Room, statement: str, *parameters: str, version: str = "v2/") -> str:
        """The rows that the Rust guest found, without the columns."""
        return self.ask(room, statement, *parameters, version=version).partition("\n")[2]


@contextmanager
def running(name: str) -> Iterator[Database]:
    """The database of this name."""
    if name == "postgres":
        with postgres_tls() as server:
            yield Database(
                room="postgres",
                table="outbound_pg",
                server=server,
                session="SELECT pg_backend_pid()",
                sleep="SELECT pg_sleep(60)",
                sleeping="SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ '^SELECT pg_sleep'",
                many="SELECT n FROM generate_series(1, 10000) n",
                large="SELECT repeat('x', 100000) FROM generate_series(1, 2000)",
            )
    else:
        with mariadb() as maria:
            yield Database(
                room="mysql",
                table="outbound_mysql",
                server=maria,
                session="SELECT CONNECTION_ID()",
                sleep="SELECT SLEEP(60)",
                sleeping="SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)'",
                many="SELECT seq FROM seq_1_to_10000",
                large="SELECT REPEAT('x', 100000) FROM seq_1_to_2000",
            )
