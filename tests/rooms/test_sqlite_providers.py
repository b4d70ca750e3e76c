"""Databases that a package brings, named by its entry point."""

from pathlib import Path

import pytest

from tests.packages import install
from tests.rooms.conftest import AskedInVain, Open
from tests.rooms.sqlite_databases import GRANTED, asked, run

PACKAGE = """
import sqlite3
from typing import ClassVar
from msgspec import Struct

class Config(Struct): pass

class Full(Exception):
    case = "database-full"

class Denied(Exception):
    case = "access-denied"

class Plain:
    Config: ClassVar = Config
    def __init__(self, config, place):
        place.state.mkdir(parents=True, exist_ok=True)
        self.file = str(place.state / f"{place.label}-of-the-package.db")
    def open(self): return Connection(self.file)

class Closed(Plain):
    def open(self): raise Denied("not today")

class Connection:
    def __init__(self, file):
        self.database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self.last = self.database.execute("SELECT 1")
    def execute(self, statement, parameters):
        if statement == "fault": raise KeyError("a secret")
        if statement == "full": raise Full("no room")
        self.last = self.database.execute(statement, parameters)
        return [column[0] for column in self.last.description or ()], self.last.fetchall()
    def last_insert_rowid(self): return self.last.lastrowid or 0
    def changes(self): return max(self.last.rowcount, 0)
    def run_script(self, statements): self.database.executescript(statements)
    def close(self): self.database.close(); print("a connection was closed", flush=True)

class Awaited(Plain):
    async def open(self): return AwaitedConnection(self.file)

class AwaitedConnection(Connection):
    async def execute(self, statement, parameters): return super().execute(statement, parameters)
    async def changes(self): return super().changes()
    async def close(self): super().close()
"""
PROVIDERS = {"plain": "its_own:Plain", "awaited": "its_own:Awaited", "closed": "its_own:Closed"}


@pytest.fixture
def package(tmp_path: Path) -> str:
    """A path of modules whose first folder has a package that names the providers."""
    folder = tmp_path / "packages"
    path = install(folder, "sqlite", PROVIDERS)
    (folder / "its_own.py").write_text(PACKAGE)
    return path


def config(kind: str) -> str:
    return f'[sqlite_database.default]\ntype = "{kind}"\n'


@pytest.mark.parametrize("kind", ["plain", "awaited"])
@pytest.mark.parametrize("guest, path", [("rust-rooms", "sqlite/v3"), ("python-rooms-p3", "sqlite/run")])
def test_a_package_may_bring_a_database(open_room: Open, package: str, kind: str, guest: str, path: str) -> None:
    flags = ("--workers", "1", "--sqlite", "CREATE TABLE t (a, b, c)")
    with open_room(guest, GRANTED, config(kind), *flags, PYTHONPATH=package) as room:
        told = run(
            room,
            path,
            asked("INSERT INTO t VALUES (?, ?, ?)", 7, "text", None),
            asked("INSERT INTO t VALUES (?, ?, ?)", b"blob", 1.5, -1),
            "@rowid",
            "@changes",
            "SELECT a, b, c FROM t ORDER BY rowid",
        )
        assert told[4].columns == ["a", "b", "c"]
        assert told[4].rows == [(7, "text", None), (b"blob", 1.5, -1)]
        assert [told[2].one, told[3].one] == [2, 1]
        room.app.wait_for("a connection was closed", times=2)


def test_what_it_refuses_is_told_as_the_interfaces_case_and_a_fault_without_its_words(
    open_room: Open, package: str
) -> None:
    with open_room("rust-rooms", GRANTED, config("plain"), "--workers", "1", PYTHONPATH=package) as room:
        full, fault, after = run(room, "sqlite/v2", "full", "fault", "SELECT 1")
        assert full.error == "Error::DatabaseFull"
        assert fault.error == 'Error::Io("the provider failed: KeyError")'
        assert after.one == 1
        room.app.wait_for("KeyError: 'a secret'")


def test_it_may_refuse_to_open(open_room: Open, package: str) -> None:
    with (
        open_room("rust-rooms", GRANTED, config("closed"), "--workers", "1", PYTHONPATH=package) as room,
        pytest.raises(AskedInVain, match="Error::AccessDenied"),
    ):
        run(room, "sqlite/v1", "SELECT 1")
