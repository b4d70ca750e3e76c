"""PostgreSQL as guests see it: its types, its addresses, its record of an error, its authorities."""

from collections.abc import Iterator

import pytest

from tests.rooms.conftest import AskedInVain, Open
from tests.rooms.databases import Database, running
from tests.servers.postgres_tls import PASSWORD, PostgresTls


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with running("postgres") as database:
        yield database


@pytest.mark.parametrize("version", ["v1/", "v2/", "v3/", "v4/"])
def test_parameters_go_there_and_values_come_back(open_room: Open, database: Database, version: str) -> None:
    sent = ["boolean true", "int16 -7", "int32 5", "int64 9007199254740993", "floating32 1.5", "floating64 0.1"]
    sent += ["str Grüße", "binary xy", "db-null"]
    types = ["boolean", "int2", "int4", "int8", "float4", "float8", "text", "bytea", "text"]
    selected = ", ".join(f"${number}::{name} AS c{number}" for number, name in enumerate(types, 1))
    with open_room("rust-rooms", database.grant) as room:
        said = database.ask(room, f"SELECT {selected}", *sent, version=version)
    columns, row = said.split("\n")
    assert 'Column { name: "c3", data-type: DbDataType::Int32 }' in columns
    assert row == (
        "[DbValue::Boolean(true), DbValue::Int16(-7), DbValue::Int32(5), DbValue::Int64(9007199254740993), "
        "DbValue::Floating32(1.5), DbValue::Floating64(0.1), "
        'DbValue::Str("Grüße"), DbValue::Binary([120, 121]), DbValue::DbNull]'
    )


def test_every_type_of_the_newest_interface_goes_there_and_back(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant) as room:
        assert room("postgres/v4/trips", address=database.url) == b""


@pytest.mark.parametrize(
    "version, told",
    [
        ("v1/", "[DbValue::Unsupported, DbValue::Unsupported]"),
        ("v2/", "[DbValue::Unsupported, DbValue::Unsupported]"),
        ("v3/", "[DbValue::Date((2024, 2, 29)), DbValue::Unsupported]"),
        ("v4/", '[DbValue::Date((2024, 2, 29)), DbValue::Uuid("00112233-4455-6677-8899-aabbccddeeff")]'),
    ],
)
def test_types_that_a_version_does_not_know_are_unsupported_in_it(
    open_room: Open, database: Database, version: str, told: str
) -> None:
    statement = "SELECT '2024-02-29'::date, '00112233-4455-6677-8899-aabbccddeeff'::uuid"
    with open_room("rust-rooms", database.grant) as room:
        assert database.rows(room, statement, version=version) == told


def test_a_type_of_the_user_has_its_name_and_its_bytes(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant) as room:
        database.ask(room, "CREATE TYPE mood AS ENUM ('sad', 'ok')", what="execute")
        said = database.ask(room, "SELECT $1::mood AS m", "str ok", version="v4/")
    assert 'DbDataType::Other("mood")' in said and "DbValue::Unsupported([111, 107])" in said


def test_a_failed_statement_brings_the_servers_own_record(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant) as room:
        database.ask(room, "CREATE TABLE once (a INT PRIMARY KEY)", what="execute")
        database.ask(room, "INSERT INTO once VALUES (1)", what="execute")
        with pytest.raises(AskedInVain) as failed:
            database.ask(room, "INSERT INTO once VALUES (1)", version="v4/", what="execute")
    said = str(failed.value)
    assert "Error::QueryFailed(QueryError::DbError(DbError" in said
    assert 'code: "23505"' in said and 'detail: Some("Key (a)=(1) already exists.")' in said
    assert '("constraint", "once_pkey")' in said


@pytest.mark.parametrize("guest, room_name", [("python-rooms-p2", "postgres-4"), ("python-rooms-p3", "postgres")])
def test_python_guests_see_that_record_too(open_room: Open, database: Database, guest: str, room_name: str) -> None:
    with open_room(guest, database.grant) as room:
        assert room(f"{room_name}/query", b"SELECT $1::text\nstr hi", address=database.url) == (
            b"[[DbValue_Str(value='hi')]]"
        )
        with pytest.raises(AskedInVain, match=r"DbError.*code='42P01'"):
            room(f"{room_name}/query", b"SELECT * FROM absent", address=database.url)


def test_what_a_kind_does_not_allow_and_what_has_no_shape_are_cases_of_their_own(
    open_room: Open, database: Database
) -> None:
    with open_room("rust-rooms", database.grant) as room:
        for version in ("v2/", "v3/", "v4/"):
            with pytest.raises(AskedInVain, match="Error::BadParameter"):
                database.ask(room, "SELECT $1", "str a\0b", version=version)
            with pytest.raises(AskedInVain, match="Error::ValueConversionFailed"):
                database.ask(room, "SELECT 'infinity'::date", version=version)


def test_one_connection_is_one_session_as_spins_own_test_wants_it(open_room: Open, database: Database) -> None:
    """Temporary tables of numbers, text, dates and nothing; the same process of the server throughout."""
    server: PostgresTls = database.server  # type: ignore[assignment]
    address = f"host=localhost port={server.port} user=postgres password='{PASSWORD}' sslmode=disable"
    statements = {
        "CREATE TEMPORARY TABLE n (a smallserial, b int2, c serial, d bigserial, e real, f double precision); "
        "INSERT INTO n (b, e, f) VALUES (0, 0, 1); SELECT * FROM n": "[[DbValue::Int16(1), DbValue::Int16(0), "
        "DbValue::Int32(1), DbValue::Int64(1), DbValue::Floating32(0.0), DbValue::Floating64(1.0)]]",
        "CREATE TEMPORARY TABLE t (a varchar(40), b text, c char(7)); INSERT INTO t VALUES ('v', 't', 'c'); "
        "SELECT * FROM t": '[[DbValue::Str("v"), DbValue::Str("t"), DbValue::Str("c      ")]]',
        "CREATE TEMPORARY TABLE d (a date, b time, c timestamp); "
        "INSERT INTO d VALUES ('2525-12-25', '04:05:06.789', '1989-11-24 01:02:03'); SELECT * FROM d": (
            "[[DbValue::Date((2525, 12, 25)), DbValue::Time((4, 5, 6, 789000000)), "
            "DbValue::Datetime((1989, 11, 24, 1, 2, 3, 0))]]"
        ),
        "CREATE TEMPORARY TABLE v (a varchar(40)); INSERT INTO v VALUES (NULL); SELECT * FROM v": "[[DbValue::DbNull]]",
        "CREATE TEMPORARY TABLE p AS SELECT pg_backend_pid() AS pid; "
        "SELECT pid = pg_backend_pid() FROM p": "[[DbValue::Boolean(true)]]",
    }
    with open_room("rust-rooms", f'allowed_outbound_hosts = ["postgres://localhost:{server.port}"]\n') as room:
        for asked, told in statements.items():
            assert room("postgres/v4/session", asked.encode(), address=address).decode() == told


@pytest.mark.parametrize(
    "address, told",
    [
        ("host=127.0.0.1,localhost port={port} user=postgres", "is not permitted"),
        ("host=localhost port={port} user=postgres", "is not permitted"),
        ("postgres://postgres@127.0.0.1:{port},127.0.0.1:1/d", "is not permitted"),
        ("postgres://postgres@127.0.0.1:{port}/d?host=localhost", "or beside its host"),
        ("host=127.0.0.1 hostaddr=127.0.0.2 port={port} user=postgres", "unknown option `hostaddr`"),
        ("host=/var/run/postgresql user=postgres", "sockets in the file system are not supported"),
        ("postgres://postgres@%2Fvar%2Frun/d", "can be read in one way only"),
    ],
)
def test_every_server_that_an_address_names_must_be_granted(
    open_room: Open, database: Database, address: str, told: str
) -> None:
    with open_room("rust-rooms", database.grant) as room, pytest.raises(AskedInVain) as refused:
        room("postgres/v2/open", address=address.format(port=database.server.port))
    assert "Error::ConnectionFailed" in str(refused.value) and told in str(refused.value)


def test_a_guest_may_name_the_authority_to_trust(open_room: Open, database: Database) -> None:
    server: PostgresTls = database.server  # type: ignore[assignment]
    address = f"{server.url}?sslmode=verify-full"
    with open_room("rust-rooms", database.grant) as room:
        asked = room("postgres/v4/trusting", server.ca_root.encode(), address=address)
        assert asked == b"[[DbValue::Boolean(true)]]"
        with pytest.raises(AskedInVain, match=r"Error::ConnectionFailed.*certificate"):
            room("postgres/v4/open", address=address)
        with pytest.raises(AskedInVain, match=r"Error::Other.*invalid root certificate"):
            room("postgres/v4/trusting", b"nonsense", address=address)
    with open_room("rust-rooms", "") as room, pytest.raises(AskedInVain, match="is not permitted"):
        room("postgres/v4/trusting", server.ca_root.encode(), address=address)
