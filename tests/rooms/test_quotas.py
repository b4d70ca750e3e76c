"""What one request may ask of databases and servers; those of stores are in `test_key_value_hostile.py`."""

import pytest

from tests.rooms.conftest import AskedInVain, Open, Room
from tests.rooms.databases import running
from tests.rooms.sqlite_databases import GRANTED, run

FEW = "tool.atoll.quotas = {{ calls = {calls}, connections = {connections} }}\n"


def few(calls: int = 100, connections: int = 100) -> str:
    return FEW.format(calls=calls, connections=connections)


def ends(room: Room, path: str, body: bytes = b"", **query: str | int) -> None:
    """The guest's call is ended, and its log says by what."""
    assert room.client.post(f"{room.app.url}/{path}", params=query, content=body).status_code == 500
    room.app.wait_for("the request has asked 5 times; `tool.atoll.quotas.calls` allows more")


def test_statements_to_sqlite_are_counted_in_each_request(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED + few(calls=5)) as room:
        for _ in range(3):
            assert [told.one for told in run(room, "sqlite/v2", *["SELECT 1"] * 5)] == [1] * 5
        ends(room, "sqlite/v2", b"SELECT 1\n" * 6, db="default")


@pytest.mark.parametrize("name", ["postgres", "mysql"])
def test_statements_and_connections_to_servers_are_counted(open_room: Open, name: str) -> None:
    with running(name) as database, open_room("rust-rooms", database.grant + few(calls=5, connections=2)) as room:
        for _ in range(2):
            room(f"{name}/v2/times", address=database.url, count=5)
        ends(room, f"{name}/v2/times", address=database.url, count=6)
        assert database.held(room, 2) == "2"
        with pytest.raises(AskedInVain, match=r'^2 .*ConnectionFailed\("too many connections"\)'):
            database.held(room, 3)


def test_connections_to_sqlite_are_counted(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED + few(connections=3)) as room:
        fit, over = run(room, "sqlite/v2", "@many 2", "@many 3")
    assert fit.one == 2
    assert over.error == 'Error::Io("too many connections opened")'
