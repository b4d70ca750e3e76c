"""What a test gives is there, what it expects is looked at, and nothing of it is there in the next test."""

from pathlib import Path

import pytest

from tests.support import answering, built, write_app
from tests.testing.cases.conftest import passes, played, said
from tests.testing.guests import rooms

VIA_ROOMS = """
[[test]]
name = "a value is there"
given.key-value.default = { color = "red", document = { json = { a = [1] } }, picture = { base64 = "AAE=" } }
request = { path = "/key-value/get?store=default&key=color" }
response.body = "red"
[test.expect.key-value.default]
color = "red"
document = { json = '{"a": [1]}', json-part = {} }
picture = { base64 = "AAE=" }

[[test]]
name = "nothing of it is there in the next one"
request = { path = "/key-value/keys?store=default" }
expect.key-value.default = {}
expect.key-value.other = {}

[[test]]
name = "a value of a file"
given.key-value.default = { file = { file = "value.txt" }, "a*b" = "glob" }
request = { path = "/key-value/get?store=default&key=file" }
response.body = { file = "value.txt" }
expect.key-value.default = { file = { file = "value.txt" }, "a*" = "glob" }

[[test]]
name = "rows are there, and no others are in the next one"
given.sqlite.default = ["CREATE TABLE t (a, b)", { file = "rows.sql" }]
request = { path = "/sqlite?db=default", method = "POST", body = "INSERT INTO t VALUES (3, x'6869')" }
[test.expect]
sqlite.default = [
    { query = "SELECT a, b FROM t ORDER BY a", rows = '[[1, null], [2, {"matches": "^t"}], [3, "hi"]]' },
    { query = "SELECT count(*) FROM t", rows = [[3]] },
]

[[test]]
name = "a table of another test is not there"
request = { path = "/sqlite?db=default", method = "POST", body = "SELECT * FROM t" }
response.body = { contains = "no such table" }
expect.sqlite.default = [{ query = "SELECT count(*) FROM sqlite_schema", rows = [[0]] }]

[[test]]
name = "a variable has its value"
given.variables = { color = "blue" }
request = { path = "/variables/get?name=tint" }
response.body = "blue!"

[[test]]
name = "and its default in the next one"
request = { path = "/variables/get?name=tint" }
response.body = "red!"
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The folder of an app with stores, a database and a variable."""
    (tmp_path / "value.txt").write_text("of a file")
    (tmp_path / "rows.sql").write_text("INSERT INTO t VALUES (1, NULL), (2, 'two');")
    rooms(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_stores_databases_and_variables(app: Path) -> None:
    passes(app, VIA_ROOMS)
    assert {path.name for path in app.iterdir()} == {"app.test.toml", "spin.toml", "value.txt", "rows.sql"}


@pytest.mark.slow
def test_what_cannot_be_given_is_told_at_its_place(app: Path) -> None:
    outcomes = played(
        app,
        """
[[test]]
name = "label"
given.sqlite.cache = []
request = { path = "/" }
[[test]]
name = "statement"
given.sqlite.default = ["CREATE TABLE t (a)", "INSERT INTO u VALUES (1)"]
request = { path = "/" }
[[test]]
name = "variable"
given.variables = { colour = "red" }
request = { path = "/" }
""",
    )
    assert [(one.differences[0].place, said(one)[:2]) for one in outcomes] == [
        (
            "app.test.toml:4",
            ["given.sqlite.cache", "no component is granted sqlite `cache`; granted: `default`"],
        ),
        ("app.test.toml:8", ["given.sqlite.default", "no such table: u"]),
        ("app.test.toml:10", ["", "error: the manifest declares no variable `colour`"]),
    ]


@pytest.mark.slow
def test_objects_and_messages(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "app.wasm").symlink_to(built("python-blobstore"))
    write_app(tmp_path, answering("python-telling") + 'tool.atoll.messaging = ["orders:new.*"]\n')
    passes(
        tmp_path,
        """
[[test]]
name = "a message is sent"
request = { path = "/messaging/wasi/send?broker=orders&topic=new.lamp&text=one" }
expect.messaging.orders = [{ topic = "new.lamp", body = "one" }]
[[test]]
name = "a request is answered"
given.messaging.orders = { "new.*" = "reply" }
request = { path = "/messaging/wasi/request?broker=orders&topic=new.x&text=two" }
response.body = "reply"
expect.messaging.orders = [{ topic = "new.x", body = { matches = "two" } }]
[[test]]
name = "nobody answers in the next one"
request = { path = "/messaging/wasi/request?broker=orders&topic=new.x&text=two" }
response.status = 500
""",
    )
    passes(
        tmp_path / "objects",
        """
source = "app.wasm"
[[test]]
name = "an object is read, another one written"
given.blobstore.default = { a = "text" }
[[test.step]]
request = { path = "/blobstore/get?container=default&name=a" }
response.body = "text"
[[test.step]]
request = { path = "/blobstore/put?container=default&name=b/c", method = "POST", body = { base64 = "AAEC" } }
[test.expect]
blobstore.default = { a = "text", "b/c" = { base64 = "AAEC" } }
""",
    )
    [outcome] = played(
        tmp_path,
        '[[test]]\nname = "a"\nrequest.path = "/messaging/wasi/send?broker=orders&topic=new.lamp&text=one"\n'
        "expect.messaging.orders = []\n",
    )
    assert said(outcome)[1:] == ["expected 0 messages, got 1: new.lamp: 'one'"]


@pytest.mark.slow
def test_time_and_random_numbers_are_the_test_s(tmp_path: Path) -> None:
    text = f'source = "{built("python-moments")}"\n' + "".join(
        f"""
[[test]]
name = "{name}"
given = {{ clock = 2026-01-01T01:00:00+01:00, random = {seed} }}
request.path = "/"
response.json-part = {{ time = 1767225600, uuid = "none" }}
"""
        for name, seed in (("first", 7), ("second", 7), ("third", 8))
    )
    first, second, third = (said(outcome)[1:] for outcome in played(tmp_path, text))
    assert [line.partition(",")[0] for line in first] == ['at uuid: expected "none"']
    assert first == second != third


@pytest.mark.slow
def test_servers_are_not_reached_and_named(tmp_path: Path) -> None:
    write_app(tmp_path, answering("rust-rooms") + 'allowed_outbound_hosts = ["redis://127.0.0.1:1"]\n')
    case = '[[test]]\nname = "a"\nrequest.path = "/redis/v2/get?address=redis://127.0.0.1:1&key=k"\n'
    [outcome] = played(tmp_path, case)
    told = dict(outcome.sections)["network"]
    assert told == "in a test nobody reaches redis://127.0.0.1:1: see `given.network`, or [[test.outbound]] for HTTP"
    [reached] = played(tmp_path, f'{case}given.network = ["redis://127.0.0.1:1"]\n')
    assert "network" not in dict(reached.sections)
    assert reached.status == "failed"


@pytest.mark.slow
def test_environment_variables_and_imports_are_the_test_s(tmp_path: Path) -> None:
    write_app(tmp_path, answering("rust-kitchen"))
    passes(
        tmp_path,
        """
[[test]]
name = "an environment variable"
given.environment = { LEVEL = "debug" }
request = { path = "/env" }
response.body = { contains = "LEVEL=debug" }
[[test]]
name = "and not in the next one"
request = { path = "/env" }
response.body = { lacks = "LEVEL" }
""",
    )
