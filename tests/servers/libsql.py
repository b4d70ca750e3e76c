"""libSQL's HTTP API (Hrana 2) by its specification, over SQLite's own library: its server cannot be installed here."""

import base64
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.served import Asked, Said, Served, served

TOKEN = "token-of-the-test"


@dataclass
class Stream:
    """One stream: a connection of SQLite, and the baton that the next request has to carry."""

    database: sqlite3.Connection
    turn: threading.Lock = field(default_factory=threading.Lock)


class Libsql:
    """The server's side."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._streams: dict[str, Stream] = {}
        self.delay = 0.0
        self.http: Served

    @property
    def streams(self) -> int:
        return len(self._streams)

    def forget(self) -> None:
        """End all streams, as the server does with those that nobody uses for some seconds."""
        while self._streams:
            self._streams.popitem()[1].database.close()

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Said(401, {"error": "Unauthorized"})
        assert (asked.method, asked.path) == ("POST", "/v2/pipeline")
        time.sleep(self.delay)
        baton = asked.json.get("baton")
        stream = self._begin() if baton is None else self._streams.pop(baton, None)
        if stream is None:
            return Said(404, {"message": "The stream has expired due to inactivity", "code": "STREAM_EXPIRED"})
        with stream.turn:
            results = [self._result(stream, request) for request in asked.json["requests"]]
        if any(request["type"] == "close" for request in asked.json["requests"]):
            stream.database.close()
            return Said(body={"baton": None, "base_url": None, "results": results})
        baton = secrets.token_hex(8)
        self._streams[baton] = stream
        return Said(body={"baton": baton, "base_url": None, "results": results})

    def _begin(self) -> Stream:
        database = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False, timeout=1)
        database.execute("PRAGMA journal_mode = WAL")
        return Stream(database)

    def _result(self, stream: Stream, request: dict[str, Any]) -> dict[str, Any]:
        try:
            response = self._response(stream.database, request)
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorname", "SQL_PARSE_ERROR")
            return {"type": "error", "error": {"message": f"SQLite error: {error}", "code": code}}
        return {"type": "ok", "response": {"type": request["type"], **response}}

    def _response(self, database: sqlite3.Connection, request: dict[str, Any]) -> dict[str, Any]:
        match request["type"]:
            case "execute":
                return {"result": _executed(database, request["stmt"])}
            case "sequence":
                database.executescript(request["sql"])
        return {}


def _executed(database: sqlite3.Connection, stmt: dict[str, Any]) -> dict[str, Any]:
    before = database.total_changes
    cursor = database.execute(stmt["sql"], [_python(value) for value in stmt.get("args", [])])
    rows = [[_wire(value) for value in row] for row in cursor.fetchall()]
    [[rowid]] = database.execute("SELECT last_insert_rowid()").fetchall()
    return {
        "cols": [{"name": column[0], "decltype": None} for column in cursor.description or ()],
        "rows": rows,
        "affected_row_count": database.total_changes - before,
        "last_insert_rowid": str(rowid),
    }


def _python(value: dict[str, Any]) -> Any:
    match value["type"]:
        case "integer":
            return int(value["value"])
        case "blob":
            return base64.b64decode(value["base64"])
    return value.get("value")


def _wire(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"type": "null"}
        case int():
            return {"type": "integer", "value": str(value)}
        case float():
            return {"type": "float", "value": value}
        case str():
            return {"type": "text", "value": value}
    return {"type": "blob", "base64": base64.b64encode(value).decode().rstrip("=")}


@contextmanager
def libsql(folder: Path) -> Iterator[Libsql]:
    """A running server, whose database is a file in the folder."""
    server = Libsql(folder / "libsql.db")
    with served(server.answer) as server.http:
        yield server
