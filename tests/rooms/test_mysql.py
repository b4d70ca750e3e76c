"""MySQL as guests see it: its types, and the table of what a guest has open, which its server lets a test fill."""

from collections.abc import Iterator

import pytest

from tests.rooms.conftest import AskedInVain, Open
from tests.rooms.databases import Database, running
from tests.servers.mariadb import Mariadb

TYPES = "TINYINT, SMALLINT UNSIGNED, INT, BIGINT UNSIGNED, FLOAT, DOUBLE, VARCHAR(20), BLOB, DECIMAL(5, 2), DATE"
VALUES = "-7, 65535, 5, 18446744073709551615, 1.5, 0.1, 'Grüße', 'xy', 12.50, '2024-02-29'"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with running("mysql") as database:
        yield database


@pytest.mark.parametrize("version", ["v1/", "v2/"])
def test_values_come_back_in_the_types_of_their_columns(open_room: Open, database: Database, version: str) -> None:
    columns = ", ".join(f"c{number} {name}" for number, name in enumerate(TYPES.replace("5, 2", "5.2").split(", ")))
    with open_room("rust-rooms", database.grant) as room:
        table = f"types_{version.rstrip('/')}"
        create = f"CREATE TABLE {table} ({columns.replace('5.2', '5, 2')})"
        database.ask(room, create, version=version, what="execute")
        database.ask(room, f"INSERT INTO {table} VALUES ({VALUES})", version=version, what="execute")
        said = database.ask(room, f"SELECT * FROM {table}", version=version)
    found, row = said.split("\n")
    assert 'Column { name: "c3", data-type: DbDataType::Uint64 }' in found
    assert 'Column { name: "c9", data-type: DbDataType::Other }' in found
    assert row == (
        "[DbValue::Int8(-7), DbValue::Uint16(65535), DbValue::Int32(5), DbValue::Uint64(18446744073709551615), "
        'DbValue::Floating32(1.5), DbValue::Floating64(0.1), DbValue::Str("Grüße"), DbValue::Binary([120, 121]), '
        'DbValue::Str("12.50"), DbValue::Str("2024-02-29")]'
    )


@pytest.mark.parametrize(
    "guest, path, told",
    [
        ("rust-rooms", "mysql/v1/query", 'DbValue::Str("5 hi")'),
        ("rust-rooms", "mysql/v2/query", 'DbValue::Str("5 hi")'),
        ("python-rooms-p2", "mysql/query", "DbValue_Str(value='5 hi')"),
        ("python-rooms-p3", "mysql/query", "DbValue_Str(value='5 hi')"),
    ],
)
def test_parameters_go_there(open_room: Open, database: Database, guest: str, path: str, told: str) -> None:
    with open_room(guest, database.grant) as room:
        asked = b"SELECT CONCAT(?, ' ', ?)\nint32 5\nstr hi"
        assert told in room(path, asked, address=database.url).decode()


def test_tls_is_checked_against_the_authorities_of_the_runtime_config(open_room: Open, database: Database) -> None:
    server: Mariadb = database.server  # type: ignore[assignment]
    address = server.url + "?ssl-mode=REQUIRED"
    with open_room("rust-rooms", database.grant, f'[outbound_mysql]\nca_roots_file = "{server.roots}"\n') as room:
        room("mysql/v2/open", address=address)
    with (
        open_room("rust-rooms", database.grant) as room,
        pytest.raises(AskedInVain, match=r"Error::ConnectionFailed.*CERTIFICATE_VERIFY_FAILED"),
    ):
        room("mysql/v2/open", address=address)


@pytest.mark.slow
def test_a_guest_has_256_connections_open_and_no_more(open_room: Open, database: Database) -> None:
    config = "[outbound_mysql]\nmax_connections_per_address = 300\n"
    with open_room("rust-rooms", database.grant, config, "--workers", "1") as room:
        with pytest.raises(AskedInVain, match=r'^256 .*ConnectionFailed\("too many connections"\)'):
            database.held(room, 301)
        # They are free again.
        assert database.held(room, 256) == "256"
