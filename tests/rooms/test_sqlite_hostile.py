"""SQL that reaches for more than its database: files, the engine, memory, time, and what others wait for."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from tests.rooms.conftest import Open, Room
from tests.rooms.sqlite_databases import GRANTED, asked, ones, run
from tests.support import resident

RUST = "sqlite/v3"
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
REFUSED = [
    ("ATTACH '/tmp/stolen.db' AS other", "a file cannot be attached"),
    ("ATTACH ':memory:' AS other", "a file cannot be attached"),
    ("ATTACH '' AS other", "a file cannot be attached"),
    ("ATTACH 'file:/etc/passwd?mode=ro' AS other", "a file cannot be attached"),
    ("ATTACH '/tmp/' || 'stolen.db' AS other", "not authorized"),
    ("DETACH main", "a database cannot be detached"),
    ("VACUUM INTO '/tmp/stolen.db'", "a file cannot be attached"),
    ("SELECT load_extension('/tmp/evil.so')", "load_extension"),
    ("SELECT fts3_tokenizer('simple')", "fts3_tokenizer"),
    ("SELECT readfile('/etc/passwd')", "no such function"),
    ("SELECT writefile('/tmp/x', 'y')", "no such function"),
    ("CREATE VIRTUAL TABLE v USING csv(filename='/etc/passwd')", "virtual tables of `csv`"),
    ("CREATE VIRTUAL TABLE v USING dbstat", "virtual tables of `dbstat`"),
    ("PRAGMA writable_schema = ON", "`PRAGMA writable_schema` is not one"),
    ("PRAGMA journal_mode = DELETE", "`PRAGMA journal_mode` is not one"),
    ("PRAGMA journal_mode = OFF", "`PRAGMA journal_mode` is not one"),
    ("PRAGMA locking_mode = EXCLUSIVE", "`PRAGMA locking_mode` is not one"),
    ("PRAGMA temp_store_directory = '/etc'", "`PRAGMA temp_store_directory` is not one"),
    ("PRAGMA data_store_directory = '/etc'", "`PRAGMA data_store_directory` is not one"),
    ("PRAGMA hard_heap_limit = 1", "`PRAGMA hard_heap_limit` is not one"),
    ("PRAGMA soft_heap_limit = 1", "`PRAGMA soft_heap_limit` is not one"),
    ("PRAGMA schema_version = 7", "`PRAGMA schema_version` is not one"),
    ("PRAGMA max_page_count = 1000000000", "`PRAGMA max_page_count` is not one"),
    ("PRAGMA trusted_schema = ON", "`PRAGMA trusted_schema` is not one"),
    ("PRAGMA wal_checkpoint(TRUNCATE)", "`PRAGMA wal_checkpoint` is not one"),
    ("PRAGMA database_list", "`PRAGMA database_list` is not one"),
    ("SELECT * FROM pragma_database_list", "not authorized"),
    ("UPDATE sqlite_schema SET sql = 'x'", "may not be modified"),
    ("INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 2, 'x')", "may not be modified"),
    ("SELECT length(randomblob(1000000000))", "larger than"),
    ("SELECT length(zeroblob(1000000000) || '')", "larger than"),
    ("SELECT replace(hex(zeroblob(10000000)), '0', 'aaaaaaaa')", "larger than"),
]
ALLOWED = [
    "PRAGMA table_info(t)",
    "SELECT * FROM pragma_table_info('t')",
    "PRAGMA user_version = 7",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode",
    "PRAGMA journal_mode = WAL",
    "PRAGMA busy_timeout = 100000",
    "PRAGMA cache_size = -1000000",
    "PRAGMA synchronous = OFF",
    "PRAGMA integrity_check",
    "PRAGMA optimize",
    "VACUUM",
    "ANALYZE",
    "CREATE VIRTUAL TABLE words USING fts5(word)",
    "INSERT INTO words VALUES ('hello')",
    "SELECT * FROM words WHERE words MATCH 'hel*'",
    "CREATE VIRTUAL TABLE places USING rtree(id, a, b)",
    "SELECT json_extract('{\"a\": 1}', '$.a')",
    "EXPLAIN QUERY PLAN SELECT * FROM t",
]


def test_what_reaches_beyond_the_database_is_refused_and_says_why(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        told = run(room, RUST, "CREATE TABLE t (a)", *(statement for statement, _ in REFUSED), "SELECT count(*) FROM t")
    assert told[-1].one == 0
    for (statement, said), each in zip(REFUSED, told[1:-1], strict=True):
        assert each.error is not None, statement
        assert said in each.error, f"{statement}: {each.error}"
        assert str(tmp_path) not in each.error
    assert not Path("/tmp/stolen.db").exists()


def test_what_stays_within_the_database_is_allowed(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        told = run(room, RUST, "CREATE TABLE t (a)", *ALLOWED)
        errors = {statement: each.error for statement, each in zip(ALLOWED, told[1:], strict=True) if each.error}
        assert errors == {}
        with closing(sqlite3.connect(tmp_path / ".spin" / "sqlite_db.db")) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_is_attached_only_where_the_operator_allows_it(open_room: Open, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as database:
        database.executescript("CREATE TABLE o (a); INSERT INTO o VALUES ('there')")
    config = '[sqlite_database.default]\ntype = "spin"\nallow_attach_file = true\n'
    with open_room("rust-rooms", GRANTED, config, "--workers", "1") as room:
        told = run(room, RUST, f"ATTACH '{other}' AS other", "SELECT a FROM other.o")
        assert told[1].one == "there"
        # The next guest's connection has it not.
        assert run(room, RUST, "SELECT a FROM other.o")[0].error is not None


def test_statements_without_end_end_with_their_call_and_hold_up_nobody(open_room: Open) -> None:
    keys = GRANTED + 'tool.atoll.limits = { deadline = "2s" }\n'
    with open_room("rust-rooms", keys, "", "--workers", "1") as room, ThreadPoolExecutor(4) as many:
        run(room, RUST, "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
        began = time.monotonic()
        endless = [
            many.submit(room.client.post, f"{room.app.url}/{RUST}", params={"db": "default"}, content=statement)
            for statement in (
                ENDLESS,
                ENDLESS.replace("count(*)", "max(x)"),
                f"CREATE TABLE u AS {ENDLESS}",
                "BEGIN IMMEDIATE\n" + ENDLESS,
            )
        ]
        slowest = 0.0
        while time.monotonic() - began < 1.5:
            asked_at = time.monotonic()
            assert run(room, RUST, "SELECT a FROM t")[0].one == 1
            slowest = max(slowest, time.monotonic() - asked_at)
        assert [each.result().status_code for each in endless] == [504] * 4
        assert time.monotonic() - began < 6
        assert slowest < 1
        # They were ended, not left running: the lock is free.
        assert run(room, RUST, "INSERT INTO t VALUES (2)", "SELECT count(*) FROM t")[1].one == 2


def test_bombs_of_memory_are_stopped(open_room: Open) -> None:
    keys = GRANTED + 'tool.atoll.limits = { deadline = "60s" }\n'
    blobs = ", ".join(["randomblob(30000000)"] * 30)
    nested = ["CREATE VIEW v0 AS SELECT 1 AS a"]
    nested += [f"CREATE VIEW v{n} AS SELECT a FROM v{n - 1} UNION ALL SELECT a FROM v{n - 1}" for n in range(1, 26)]
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        worker = room.app.process.pid
        many, rows, views = (
            run(room, RUST, f"SELECT {blobs}")[0],
            run(
                room,
                RUST,
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x, randomblob(100000) FROM c",
            )[0],
            run(room, RUST, *nested, "SELECT count(*) FROM v25")[-1],
        )
        assert many.error is not None and "memory" in many.error
        assert rows.error is not None and "query result exceeds limit of 134217728 bytes" in rows.error
        assert views.error is not None or views.one == 1 << 25
        assert run(room, RUST, "SELECT 1")[0].one == 1
        assert resident(worker) < 1 << 30


def test_a_statement_that_takes_much_memory_leaves_others_theirs(open_room: Open) -> None:
    large = "SELECT " + ", ".join(["randomblob(30000000)"] * 30)
    flags = ("--workers", "1")
    with open_room("rust-rooms", GRANTED, "", *flags) as room, ThreadPoolExecutor(2) as many:
        run(room, RUST, "CREATE TABLE t (a)")
        hogs = [many.submit(run, room, RUST, large, large) for _ in range(2)]
        while not all(hog.done() for hog in hogs):
            others = run(room, RUST, "INSERT INTO t VALUES (1)", "SELECT count(*), length(randomblob(1000000)) FROM t")
            assert [each.error for each in others] == [None, None]
        for hog in hogs:
            assert ["more than 134217728 bytes of memory" in (each.error or "") for each in hog.result()] == [
                True,
                True,
            ]


def test_a_long_statement_and_a_long_pattern_are_refused(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        fits, long, pattern = run(
            room,
            RUST,
            "SELECT length('" + "x" * 1_000_000 + "')",
            "SELECT '" + "x" * 1_100_000 + "'",
            "SELECT 'x' LIKE '" + "%" * 11_000 + "'",
        )
    assert fits.one == 1_000_000
    assert long.error is not None and "a statement than 1 MiB" in long.error
    assert pattern.error is not None and "pattern too complex" in pattern.error


def test_a_call_that_takes_every_connection_is_told_so(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED, "", "--workers", "1") as room:
        _, fit, over, after = run(room, RUST, "SELECT 1", "@use 63", "@use 64", "SELECT 1")
        assert fit.one == 63
        assert over.error == 'Error::Io("all 64 connections to the database are in use")'
        assert after.one == 1


def test_a_deep_expression_is_refused_or_answered(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        deep, deeper, brackets = run(
            room,
            RUST,
            "SELECT " + "+".join(["1"] * 990),
            "SELECT " + "+".join(["1"] * 5_000),
            "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        )
        assert deep.one == 990
        assert deeper.error is not None and "too large" in deeper.error
        assert brackets.error is not None or brackets.one == 1
        selects = "SELECT " + "(SELECT " * 30 + "1" + ")" * 30
        triggers = run(
            room,
            RUST,
            selects,
            "CREATE TABLE t (a)",
            "PRAGMA recursive_triggers = ON",
            "CREATE TRIGGER again AFTER INSERT ON t BEGIN INSERT INTO t VALUES (new.a + 1); END",
            "INSERT INTO t VALUES (1)",
        )
        assert triggers[0].one == 1
        assert triggers[-1].error is not None and "triggers nested too deep" in triggers[-1].error


def test_a_long_transaction_gives_others_an_error_within_the_patience(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        told = run(
            room,
            RUST,
            "CREATE TABLE t (a)",
            "BEGIN IMMEDIATE",
            "INSERT INTO t VALUES (1)",
            "@other INSERT INTO t VALUES (2)",
        )
        assert told[-1].error == 'Error::Io("database is locked")'


def test_a_short_transaction_is_waited_for(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", GRANTED, "", "--workers", "1") as room:
        run(room, RUST, "CREATE TABLE t (a)")
        with closing(sqlite3.connect(tmp_path / ".spin" / "sqlite_db.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = threading.Thread(target=lambda: run(room, RUST, "INSERT INTO t VALUES (1)"))
            waiting.start()
            # Readers, and the thread that all guests share, go on meanwhile.
            for _ in range(20):
                assert run(room, RUST, "SELECT count(*) FROM t")[0].one == 0
            other.execute("COMMIT")
            waiting.join()
        assert run(room, RUST, "SELECT count(*) FROM t")[0].one == 1


def test_a_full_database_says_so_and_can_still_be_read(open_room: Open) -> None:
    config = '[sqlite_database.default]\ntype = "spin"\nmax_size = "1MiB"\n'
    with open_room("rust-rooms", GRANTED, config) as room:
        told = run(
            room,
            RUST,
            "CREATE TABLE t (a)",
            "INSERT INTO t VALUES (zeroblob(500000))",
            "INSERT INTO t VALUES (zeroblob(900000))",
            "SELECT count(*) FROM t",
        )
        assert told[2].error == "Error::DatabaseFull"
        assert told[3].one == 1


def test_text_that_is_none_is_refused(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        text, blob = run(
            room, RUST, "SELECT CAST(x'ff' AS TEXT) AS broken", "SELECT length(CAST(CAST(x'ff' AS TEXT) AS BLOB))"
        )
    assert text.error is not None and "`broken` is not UTF-8" in text.error
    assert blob.one == 1


def test_quotes_in_parameters_are_only_text(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        told = run(
            room,
            RUST,
            "CREATE TABLE t (a)",
            asked("INSERT INTO t VALUES (?)", "'); DROP TABLE t; --"),
            "SELECT a FROM t",
        )
    assert told[2].one == "'); DROP TABLE t; --"


def test_a_guest_learns_nothing_of_the_one_before(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED, "", "--workers", "1") as room:
        secret(room)
        told = run(
            room,
            RUST,
            "SELECT * FROM temp.secret",
            "SELECT count(*) FROM sqlite_temp_schema",
            "PRAGMA query_only",
            "PRAGMA case_sensitive_like",
            "SELECT last_insert_rowid()",
        )
        assert told[0].error is not None
        assert ones([told[1], told[2], told[4]]) == [0, 0, 0]
        assert run(room, RUST, "SELECT 'A' LIKE 'a'")[0].one == 1


def secret(room: Room) -> None:
    told = run(
        room,
        RUST,
        "CREATE TEMP TABLE secret (a)",
        "INSERT INTO secret VALUES ('x')",
        "PRAGMA case_sensitive_like = ON",
        "PRAGMA query_only = ON",
    )
    assert [each.error for each in told] == [None] * 4
