"""A query through the interface costs little more than by SQLite's own library."""

import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx

from bench import guests, servers
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.manifest import app
from bench.process import HOST

_ROWS = 100
_SELECT = f"SELECT id, name, score FROM things LIMIT {_ROWS}"
_THINGS = """
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, score REAL);
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000)
INSERT INTO things SELECT x, 'thing ' || x, x * 1.5 FROM c;
"""
# As many in one request of the guest, so that the request itself does not count.
_TIMES = 2_000


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    granted = app({"/...": replace(guest, keys='sqlite_databases = ["default"]\ntool.atoll.limits.cpu_time = "60s"\n')})
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as state:
        file = Path(state) / "sqlite_db.db"
        with closing(sqlite3.connect(file)) as database:
            database.executescript(_THINGS)
        flags = ("--log-dir", "", "--quiet", "--state-dir", state)
        with (
            servers.up(granted, 1, flags) as process,
            httpx.Client(base_url=f"http://{HOST}:{process.port}", timeout=60) as client,
        ):
            _through_guest(client)
            ours, theirs = [], []
            for _ in range(plan.rounds):
                ours.append(_through_guest(client))
                theirs.append(_in_python(file))
    return [Row(f"{guest.title}, {_ROWS} rows", "Python's sqlite3", tuple(ours), tuple(theirs), bar=at_least(0.5))]


def _through_guest(client: httpx.Client) -> float:
    began = time.perf_counter()
    answer = client.post("/sqlite/v3", params={"db": "default"}, content=f"@repeat {_TIMES} {_SELECT}")
    took = time.perf_counter() - began
    assert answer.text.endswith(f"i:{_TIMES * _ROWS}\n"), answer.text
    return _TIMES / took


def _in_python(file: Path) -> float:
    with closing(sqlite3.connect(file)) as database:
        began = time.perf_counter()
        for _ in range(_TIMES):
            assert len(database.execute(_SELECT).fetchall()) == _ROWS
        return _TIMES / (time.perf_counter() - began)


CLAIM = Claim(
    name="sqlite",
    compares=f"a SELECT of {_ROWS} rows with three columns, in a loop of a guest, against the same in a loop of "
    "Python's sqlite3 on the same file, one at a time",
    unit="queries/s",
    better="higher",
    guests=(guests.ROOMS,),
    measure=_measure,
)
