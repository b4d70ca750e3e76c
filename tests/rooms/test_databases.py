"""PostgreSQL and MySQL as guests see them, where they are alike: granted, shared, bounded, and survived."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rooms.conftest import AskedInVain, Open
from tests.rooms.databases import Database, running

ONE = ("--workers", "1")
# The guest, and how its paths name a version.
GUESTS = [("rust-rooms", "v1/"), ("rust-rooms", "v2/"), ("python-rooms-p2", ""), ("python-rooms-p3", "")]


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with running(request.param) as database:
        yield database


def limits(database: Database, **keys: object) -> str:
    """A runtime config with these keys of the room."""
    return f"[{database.table}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


@pytest.mark.parametrize("guest, version", GUESTS)
def test_a_statement_is_answered(open_room: Open, database: Database, guest: str, version: str) -> None:
    with open_room(guest, database.grant) as room:
        assert "(7)" in database.ask(room, "SELECT 7", version=version).replace("value=", "")
        table = f"t_{guest.replace('-', '_')}_{version.rstrip('/')}"
        database.ask(room, f"CREATE TABLE {table} (a INT)", version=version, what="execute")
        counted = database.ask(room, f"INSERT INTO {table} VALUES (1), (2)", version=version, what="execute")
        assert counted == ("2" if database.room == "postgres" else "None" if version == "" else "()")


@pytest.mark.parametrize("guest, version", GUESTS)
def test_an_address_that_was_not_granted_is_denied(
    open_room: Open, database: Database, guest: str, version: str
) -> None:
    with open_room(guest, f'allowed_outbound_hosts = ["{database.room}://127.0.0.1:1"]\n') as room:
        with pytest.raises(AskedInVain, match="ConnectionFailed") as denied:
            database.ask(room, "SELECT 1", version=version)
        assert f"address {database.url} is not permitted" in str(denied.value)
        room.app.wait_for(rf"allowed_outbound_hosts = \[\"{database.room}://127.0.0.1:{database.server.port}\"\]")


def test_another_scheme_grants_nothing(open_room: Open, database: Database) -> None:
    grant = f'allowed_outbound_hosts = ["redis://127.0.0.1:{database.server.port}"]\n'
    with open_room("rust-rooms", grant) as room, pytest.raises(AskedInVain, match="is not permitted"):
        database.ask(room, "SELECT 1")


def test_a_blocked_network_is_not_reached_by_name_either(open_room: Open, database: Database) -> None:
    config = '[outbound_networking]\nblock_networks = ["private"]\n'
    with open_room("rust-rooms", f'allowed_outbound_hosts = ["{database.room}://*:*"]\n', config) as room:
        for host in ("127.0.0.1", "localhost"):
            address = database.url.replace("127.0.0.1", host)
            with pytest.raises(AskedInVain, match="is not permitted"):
                room(f"{database.room}/v2/open", address=address)


@pytest.mark.parametrize("address", ["", "nonsense", "redis://127.0.0.1", "{scheme}://", "{scheme}://u:p@h:0/d"])
def test_what_is_no_address_is_refused(open_room: Open, database: Database, address: str) -> None:
    with (
        open_room("rust-rooms", f'allowed_outbound_hosts = ["{database.room}://*:*"]\n') as room,
        pytest.raises(AskedInVain, match="Error::ConnectionFailed"),
    ):
        room(f"{database.room}/v2/open", address=address.format(scheme=database.room))


def test_a_guest_that_never_connects_needs_no_grant_and_no_client(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", "", "", *ONE) as room:
        assert room("bytes", size=3) == b"xxx"


def test_requests_share_connections(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant, "", *ONE) as room:
        # A connection is cleaned after its request was answered: the next request may come before.
        sessions = {database.rows(room, database.session) for _ in range(10)}
        assert len(sessions) <= 3
        with ThreadPoolExecutor(8) as many:
            sessions |= set(many.map(lambda _: database.rows(room, database.session), range(100)))
        assert len(sessions) <= 25


def test_what_a_request_did_not_end_ends_with_it(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant, "", *ONE) as room:
        database.ask(room, "CREATE TABLE left_over (a INT)", what="execute")
        database.ask(room, "INSERT INTO left_over VALUES (1)", what="leave")
        assert "(0)" in database.rows(room, "SELECT COUNT(*) FROM left_over")


def test_no_more_connections_are_open_than_the_config_allows(open_room: Open, database: Database) -> None:
    config = limits(database, max_connections=2, connect_timeout=0.5)
    with open_room("rust-rooms", database.grant, config, *ONE) as room:
        with pytest.raises(AskedInVain, match=r'^2 .*ConnectionFailed\("too many connections"\)'):
            database.held(room, 10)
        # They came free when the request ended.
        assert database.held(room, 2) == "2"


def test_a_call_that_is_ended_frees_its_connection(open_room: Open, database: Database) -> None:
    keys = database.grant + 'tool.atoll.limits = { deadline = "1s" }\n'
    config = limits(database, max_connections=2)
    with open_room("rust-rooms", keys, config, *ONE) as room:
        for _ in range(3):
            address = f"{room.app.url}/{database.room}/v2/query"
            answer = room.client.post(address, params={"address": database.url}, content=database.sleep)
            assert answer.status_code == 504
        deadline = time.monotonic() + 10
        while "(0)" not in database.rows(room, database.sleeping):
            assert time.monotonic() < deadline
        assert database.held(room, 2) == "2"


def test_a_statement_has_its_time(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant, limits(database, operation_timeout=0.3)) as room:
        began = time.monotonic()
        with pytest.raises(AskedInVain, match=r"QueryFailed.*longer than 0\.3 s"):
            database.ask(room, database.sleep)
        assert time.monotonic() - began < 10


def test_a_result_that_is_too_large_is_refused(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant, limits(database, max_result_bytes=10_000)) as room:
        with pytest.raises(AskedInVain, match="query result exceeds limit of 10000 bytes"):
            database.ask(room, database.many)
        assert "(7)" in database.rows(room, "SELECT 7")


@pytest.mark.slow
def test_no_more_than_128_mib_are_held_without_a_word(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant) as room:
        with pytest.raises(AskedInVain, match=f"query result exceeds limit of {128 << 20} bytes"):
            database.ask(room, database.large)
        assert "(7)" in database.rows(room, "SELECT 7")


def test_a_server_that_died_gives_an_error_in_time_and_is_found_again(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant, limits(database, connect_timeout=3)) as room:
        assert "(7)" in database.rows(room, "SELECT 7")
        database.server.stop()
        try:
            began = time.monotonic()
            with pytest.raises(AskedInVain, match="ConnectionFailed"):
                database.ask(room, "SELECT 7")
            assert time.monotonic() - began < 15
        finally:
            database.server.start()
        assert "(7)" in database.rows(room, "SELECT 7")


def test_a_server_that_does_not_answer_is_an_error_in_time(open_room: Open, database: Database) -> None:
    config = limits(database, connect_timeout=0.5, operation_timeout=0.5)
    with open_room("rust-rooms", database.grant, config) as room:
        assert "(7)" in database.rows(room, "SELECT 7")
        with database.server.halted():
            began = time.monotonic()
            with pytest.raises(AskedInVain, match=r"0\.5 s"):
                database.ask(room, "SELECT 7")
            assert time.monotonic() - began < 15
        assert "(7)" in database.rows(room, "SELECT 7")


def test_a_failed_statement_says_what_the_server_said_and_harms_nobody(open_room: Open, database: Database) -> None:
    with open_room("rust-rooms", database.grant, "", *ONE) as room:
        for version in ("v1/", "v2/"):
            with pytest.raises(AskedInVain, match=r"Error::QueryFailed.*no_such_table"):
                database.ask(room, "SELECT * FROM no_such_table", version=version)
        assert "(7)" in database.rows(room, "SELECT 7")


def test_rows_come_as_a_stream(open_room: Open, database: Database) -> None:
    with open_room("python-rooms-p3", database.grant) as room:
        assert database.ask(room, database.many, version="", what="count") == "10000 rows"
        # More than would be held at once.
        assert database.ask(room, database.large, version="", what="count") == "2000 rows"


def test_a_stream_may_be_left_half_way_and_its_connection_goes_on(open_room: Open, database: Database) -> None:
    with open_room("python-rooms-p3", database.grant, "", *ONE) as room:
        said = database.ask(room, database.many, version="", what="some")
        assert "(value=1)" in said and "value='after'" in said


def test_rows_outlive_the_connection_that_they_came_over(open_room: Open, database: Database) -> None:
    with open_room("python-rooms-p3", database.grant, limits(database, max_connections=1), *ONE) as room:
        assert database.ask(room, database.many, version="", what="dropped") == "10000 rows"
        assert database.ask(room, database.many, version="", what="dropped") == "10000 rows"


def test_a_stream_fails_where_the_statement_does(open_room: Open, database: Database) -> None:
    statement = {
        "postgres": "SELECT 1 / (20000 - n) FROM generate_series(1, 30000) n",
        "mysql": "SELECT (SELECT 1 UNION SELECT seq > 20000) FROM seq_1_to_30000",
    }[database.room]
    with open_room("python-rooms-p3", database.grant, "", *ONE) as room:
        with pytest.raises(AskedInVain, match="Error_QueryFailed"):
            database.ask(room, statement, version="")
        assert "value='after'" in database.ask(room, database.many, version="", what="some")


@pytest.mark.parametrize(
    "line, told",
    [
        ("max_connection = 1", "unknown key `max_connection`"),
        ('ca_roots_file = "absent.pem"', "`ca_roots_file`: there is no file absent.pem"),
        ("max_addresses = 0", "`max_addresses` must be at least 1"),
        ("connect_timeout = 0.0", "`connect_timeout` must be more than nothing"),
        ('max_connections = "many"', "max_connections` must be an integer"),
    ],
)
def test_a_wrong_key_of_the_runtime_config_is_an_error_at_the_start(
    open_room: Open, database: Database, line: str, told: str
) -> None:
    with pytest.raises(RuntimeError, match=re.escape(told)):
        open_room("rust-rooms", database.grant, f"[{database.table}]\n{line}\n").__enter__()
