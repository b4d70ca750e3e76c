"""SQLite databases as guests see them, in each version of the interface and from each language."""

import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import MakeApp
from tests.rooms.conftest import AskedInVain, Open
from tests.rooms.killing import written_while_workers_are_killed
from tests.rooms.sqlite_databases import GRANTED, VERSIONS, asked, ones, run
from tests.servers.libsql import TOKEN, libsql
from tests.support import answering, refused, refused_with

each_version = pytest.mark.parametrize("guest, path", VERSIONS)
RUST = "sqlite/v3"


def counting(most: int) -> str:
    """The beginning of a statement that has the numbers up to this one in `c(x)`."""
    return f"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {most})"


@each_version
def test_every_kind_of_value_goes_in_and_comes_out(open_room: Open, guest: str, path: str) -> None:
    values = (7, -(1 << 63), 1.5, "ключ €", b"bytes", None, "")
    with open_room(guest, GRANTED) as room:
        made, inserted, selected = run(
            room,
            path,
            "CREATE TABLE t (a, b, c, d, e, f, g)",
            asked("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", *values),
            asked("SELECT * FROM t WHERE a = ?", 7),
        )
    assert (made.error, made.rows, inserted.error, inserted.rows) == (None, [], None, [])
    assert selected.columns == ["a", "b", "c", "d", "e", "f", "g"]
    assert selected.rows == [values]


@each_version
def test_a_database_that_was_not_granted_is_denied(open_room: Open, guest: str, path: str) -> None:
    with open_room(guest, "") as room, pytest.raises(AskedInVain, match=r"Error(::|_)AccessDenied"):
        run(room, path, "SELECT 1")


@each_version
def test_a_statement_that_is_wrong_is_told_with_its_reason(open_room: Open, guest: str, path: str) -> None:
    with open_room(guest, GRANTED) as room:
        wrong, absent, after = run(room, path, "SELEKT 1", "SELECT * FROM nowhere", "SELECT 1")
    assert wrong.error is not None and "Io" in wrong.error and "syntax error" in wrong.error
    assert absent.error is not None and "no such table: nowhere" in absent.error
    assert after.one == 1


def test_only_one_statement_runs_at_a_time(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        run(room, RUST, "CREATE TABLE t (a)")
        ended, two, count = run(
            room, RUST, "SELECT 1;  ", "INSERT INTO t VALUES (1); DROP TABLE t", "SELECT count(*) FROM t"
        )
    assert ended.one == 1
    assert two.error is not None and "Multiple statements" in two.error
    assert count.one == 0


def test_parameters_must_be_as_many_as_the_statement_has(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        few, many = run(room, RUST, asked("SELECT ?, ?", 1), asked("SELECT ?", 1, 2))
    assert few.error is not None and many.error is not None


@pytest.mark.parametrize("guest, path", [("rust-rooms", "sqlite/v3"), ("python-rooms-p3", "sqlite/run")])
def test_row_numbers_and_changes_are_the_connections_own(open_room: Open, guest: str, path: str) -> None:
    with open_room(guest, GRANTED, "", "--workers", "1") as room:
        run(room, path, "CREATE TABLE t (a)")
        told = run(
            room,
            path,
            "@rowid",
            "@changes",
            "INSERT INTO t VALUES (1), (2), (3)",
            "@rowid",
            "@changes",
            "UPDATE t SET a = 0 WHERE a > 1",
            "@changes",
            "SELECT * FROM t",
            "@changes",
        )
        assert [each.one for each in (told[0], told[1], told[3], told[4], told[6], told[8])] == [0, 0, 3, 3, 2, 2]
        # The next guest gets the same connection of SQLite.
        assert ones(run(room, path, "@rowid", "@changes", "SELECT last_insert_rowid()")) == [0, 0, 0]


def test_a_transaction_is_the_connections_own_until_it_is_committed(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        told = run(
            room,
            RUST,
            "CREATE TABLE t (a)",
            "BEGIN",
            "INSERT INTO t VALUES (1)",
            "SELECT count(*) FROM t",
            "@other SELECT count(*) FROM t",
            "COMMIT",
            "@other SELECT count(*) FROM t",
        )
    assert [told[3].one, told[4].one, told[6].one] == [1, 0, 1]


def test_what_is_not_committed_is_undone_with_its_connection(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED, "", "--workers", "1") as room:
        run(room, RUST, "CREATE TABLE t (a)")
        told = run(
            room,
            RUST,
            "BEGIN IMMEDIATE",
            "INSERT INTO t VALUES (1)",
            "@reopen",
            "INSERT INTO t VALUES (2)",
            "SELECT a FROM t",
        )
        assert told[-1].one == 2
        run(room, RUST, "BEGIN IMMEDIATE", "INSERT INTO t VALUES (3)")
        told = run(room, RUST, "INSERT INTO t VALUES (4)", "SELECT group_concat(a) FROM t")
        assert told[-1].one == "2,4"


def test_temporary_tables_and_settings_end_with_their_connection(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED, "", "--workers", "1") as room:
        kept = run(
            room,
            RUST,
            "CREATE TEMP TABLE mine (a)",
            "INSERT INTO mine VALUES (1)",
            "PRAGMA foreign_keys = OFF",
            "SELECT a FROM mine",
            "PRAGMA foreign_keys",
        )
        assert [kept[3].one, kept[4].one] == [1, 0]
        for _ in range(3):
            gone, keys = run(room, RUST, "SELECT a FROM mine", "PRAGMA foreign_keys")
            assert gone.error is not None and "no such table" in gone.error
            assert keys.one == 1


def test_a_closed_handle_of_the_first_version_is_invalid(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        [closed] = run(room, "sqlite/v1", "@closed")
    assert closed.error == "Error::InvalidConnection"


def test_as_many_connections_are_open_as_spin_allows_and_no_more(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED) as room:
        fit, over = run(room, RUST, "@many 255", "@many 256")
    assert fit.one == 255
    assert over.error == 'Error::Io("too many connections opened")'


def test_more_connections_are_used_than_there_are_of_sqlite_only_one_after_the_other(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED, "", "--workers", "1") as room, ThreadPoolExecutor(32) as many:
        run(room, RUST, "CREATE TABLE t (a)")
        added = many.map(lambda n: run(room, RUST, asked("INSERT INTO t VALUES (?)", n))[0].error, range(300))
        assert set(added) == {None}
        assert run(room, RUST, "SELECT count(DISTINCT a) FROM t")[0].one == 300


@pytest.mark.parametrize("guest, path", [("rust-rooms", "sqlite/v2"), ("python-rooms-p3", "sqlite/run")])
def test_many_rows_all_come(open_room: Open, guest: str, path: str) -> None:
    count = 20_000
    select = f"{counting(count)} SELECT x, 'row ' || x FROM c"
    with open_room(guest, GRANTED) as room:
        [told] = run(room, path, select)
    assert told.rows == [(number, f"row {number}") for number in range(1, count + 1)]


def test_a_stream_may_be_left_and_its_connection_be_used_while_it_flows(open_room: Open) -> None:
    fill = f"{counting(20_000)} SELECT 'row ' || x FROM c"
    path = "sqlite/run"
    with open_room("python-rooms-p3", GRANTED, "", "--workers", "1") as room:
        run(room, path, "CREATE TABLE t (a)", "CREATE TABLE seen (a)", f"INSERT INTO t {fill}")
        left, after, between, seen = run(
            room,
            path,
            "@first SELECT a FROM t",
            "SELECT count(*) FROM t",
            "@between SELECT a FROM t @do INSERT INTO seen VALUES (1)",
            "SELECT count(*) FROM seen",
        )
        assert left.columns == ["1"]
        assert after.one == 20_000
        assert between.one == 20_000
        assert isinstance(seen.one, int) and seen.one > 5
        # In a transaction the stream sees what is not committed.
        told = run(room, path, "BEGIN", "DELETE FROM t WHERE a LIKE 'row 1%'", "SELECT a FROM t", "ROLLBACK")
        assert len(told[2].rows) == 20_000 - 11_111
        returned = run(room, path, "UPDATE t SET a = a || '!' RETURNING a")[0]
        assert len(returned.rows) == 20_000


def test_a_streamed_statement_that_fails_midway_says_so(open_room: Open) -> None:
    wrong = "CASE x WHEN 19000 THEN -9223372036854775808 ELSE x END"
    fails = f"{counting(20_000)} SELECT abs({wrong}), 'padding' FROM c"
    with open_room("python-rooms-p3", GRANTED) as room:
        [told] = run(room, "sqlite/run", fails)
    assert told.error is not None and "overflow" in told.error


def test_data_that_spin_left_is_found(open_room: Open, tmp_path: Path) -> None:
    folder = tmp_path / ".spin"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "sqlite_db.db")) as database:
        database.executescript("CREATE TABLE todos (name TEXT); INSERT INTO todos VALUES ('hi')")
    with open_room("rust-rooms", GRANTED) as room:
        assert run(room, "sqlite/v2", "SELECT name FROM todos")[0].one == "hi"
        with closing(sqlite3.connect(folder / "sqlite_db.db")) as database:
            assert database.execute("SELECT * FROM todos").fetchall() == [("hi",)]


def test_databases_of_the_runtime_config_are_apart(open_room: Open, tmp_path: Path) -> None:
    mine = tmp_path / "data" / "mine.db"
    config = f'[sqlite_database.mine]\ntype = "spin"\npath = "{mine}"\n[sqlite_database.usual]\ntype = "spin"\n'
    with open_room("rust-rooms", 'sqlite_databases = ["default", "mine", "usual"]\n', config) as room:
        for label in ("default", "mine", "usual"):
            run(room, RUST, "CREATE TABLE t (a)", asked("INSERT INTO t VALUES (?)", label), db=label)
        for label in ("default", "mine", "usual"):
            assert run(room, RUST, "SELECT a FROM t", db=label)[0].one == label
    assert mine.exists()
    assert (tmp_path / ".spin" / "sqlite_db_usual.db").exists()


def test_statements_of_the_command_line_run_first_and_once(open_room: Open, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text("CREATE TABLE o (a);\nINSERT INTO o VALUES ('x;y');\n")
    config = '[sqlite_database.other]\ntype = "spin"\n'
    flags = ("--sqlite", "CREATE TABLE t (a)", "--sqlite", "INSERT INTO t VALUES (1)", "--sqlite", f"@{script}:other")
    with open_room("rust-rooms", 'sqlite_databases = ["default", "other"]\n', config, *flags) as room:
        assert run(room, RUST, "SELECT a FROM t")[0].one == 1
        assert run(room, RUST, "SELECT a FROM o", db="other")[0].one == "x;y"
        room.app.signal(signal.SIGHUP)
        room.app.wait_for("atoll: the app was reloaded")
        assert run(room, RUST, "SELECT count(*) FROM t")[0].one == 1


@pytest.mark.parametrize(
    "given, said",
    [
        ("@missing.sql", "missing.sql of --sqlite cannot be read"),
        ("@x.sql:", "names no database"),
        ("SELEKT 1", "syntax error"),
        ("@script.sql:nowhere", "`nowhere` of --sqlite is not configured"),
    ],
)
def test_statements_of_the_command_line_that_cannot_run_end_the_start(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, given: str, said: str
) -> None:
    manifest = make_app(answering("rust-rooms") + GRANTED)
    manifest.with_name("script.sql").write_text("SELECT 1")
    monkeypatch.chdir(manifest.parent)
    assert said in refused("-f", str(manifest), "--listen", "127.0.0.1:0", "--sqlite", given).stderr


def test_labels_that_nobody_configured_end_the_start_all_at_once(make_app: MakeApp) -> None:
    keys = 'sqlite_databases = ["default", "carts", "users"]\n'
    ended = refused("-f", str(make_app(answering("rust-rooms") + keys)), "--listen", "127.0.0.1:0")
    assert "the SQLite database `carts` is not configured" in ended.stderr
    assert "the SQLite database `users` is not configured" in ended.stderr
    assert ended.stderr.count("spin.toml:") == 2
    assert "or name one of: `default`" in ended.stderr


@pytest.mark.parametrize(
    "config, said",
    [
        ('[sqlite_database.a]\ntype = "cloud"\n', "`type` must be libsql or spin"),
        ('[sqlite_database.a]\ntype = "spin"\nurl = "x"\n', "unknown key `url`"),
        ('[sqlite_database.a]\ntype = "spin"\nmax_size = "big"\n', "`big` is not a size"),
        ('[sqlite_database.a]\ntype = "spin"\nmax_size = "1kB"\n', "at least 1MiB"),
        ('[sqlite_database.a]\ntype = "libsql"\nurl = "http://x"\n', "token"),
        ('[sqlite_database.a]\ntype = "libsql"\nurl = "file:x"\ntoken = ""\n', "`url` must begin with"),
    ],
)
def test_a_backend_that_cannot_be_used_is_refused_by_key_and_line(make_app: MakeApp, config: str, said: str) -> None:
    ended = refused_with(config, make_app(answering("rust-rooms") + GRANTED))
    assert said in ended.stderr
    assert "runtime.toml:" in ended.stderr


def test_a_file_that_is_no_database_ends_the_start(make_app: MakeApp) -> None:
    manifest = make_app(answering("rust-rooms") + GRANTED)
    state = manifest.with_name(".spin")
    state.mkdir()
    (state / "sqlite_db.db").write_bytes(b"no database at all" * 100)
    ended = refused("-f", str(manifest), "--listen", "127.0.0.1:0")
    assert "the SQLite database `default` cannot be opened" in ended.stderr
    assert "sqlite_db.db: file is not a database" in ended.stderr


def test_nothing_that_was_acknowledged_is_lost_with_a_killed_worker(open_room: Open) -> None:
    with open_room("rust-rooms", GRANTED, "", "--workers", "2") as room:
        run(room, RUST, "CREATE TABLE t (key TEXT PRIMARY KEY, padding BLOB)")

        def write(key: str) -> bool:
            [told] = run(room, RUST, asked("INSERT INTO t VALUES (?, zeroblob(3000))", key))
            return told.error is None

        acknowledged = written_while_workers_are_killed(room, write, kills=4)
        assert len(acknowledged) > 50
        found = {row[0] for row in run(room, RUST, "SELECT key FROM t")[0].rows}
        assert acknowledged <= found
        assert run(room, RUST, "PRAGMA integrity_check")[0].one == "ok"


@pytest.mark.parametrize("guest, path", [("rust-rooms", "sqlite/v3"), ("python-rooms-p3", "sqlite/run")])
def test_a_libsql_server_answers_guests(open_room: Open, tmp_path: Path, guest: str, path: str) -> None:
    script = tmp_path / "script.sql"
    script.write_text("CREATE TABLE t (a);\nINSERT INTO t VALUES (7);\n")
    with libsql(tmp_path) as server:
        config = f'[sqlite_database.default]\ntype = "libsql"\nurl = "{server.http.url}"\ntoken = "{TOKEN}"\n'
        with open_room(guest, GRANTED, config, "--sqlite", f"@{script}") as room:
            first, inserted, rowid, changes, undone, none, wrong = run(
                room,
                path,
                "SELECT a, 'x', NULL, 1.5 FROM t",
                asked("INSERT INTO t VALUES (?), (?)", b"blob", "text"),
                "@rowid",
                "@changes",
                "BEGIN",
                "DELETE FROM t",
                "SELEKT",
            )
            assert first.rows == [(7, "x", None, 1.5)]
            assert [inserted.error, undone.error, none.error] == [None] * 3
            assert [rowid.one, changes.one] == [3, 2]
            assert wrong.error is not None and "syntax error" in wrong.error
            # The guest's connection is closed with it, and its transaction undone.
            assert run(room, path, "INSERT INTO t VALUES (1)", "SELECT count(*) FROM t")[1].one == 4
            server.http.stop()
            gone = run(room, path, "SELECT 1")[0]
            assert gone.error is not None and "cannot be reached" in gone.error
            server.http.start()
            assert run(room, path, "SELECT 1")[0].one == 1
