"""The API of ../users-sqlite: a component in Python, over a database that belongs to the test."""

import pytest

# The table as an older version of the app had it.
OLD = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL); PRAGMA user_version = 1;"


@pytest.fixture
def app(atoll_app):
    return atoll_app("../users-sqlite", sqlite={"default": OLD + "INSERT INTO users (name) VALUES ('Grace')"})


def test_users_are_listed(app):
    assert app.get("/users").json() == [{"id": 1, "name": "Grace", "email": None}]


def test_a_user_is_kept(app):
    answer = app.post("/users", json={"name": "Ada", "email": "ada@example.com"})
    assert (answer.status_code, answer.headers["location"]) == (201, "/users/2")
    assert app.sqlite["default"].execute("SELECT name, email FROM users WHERE id = 2") == [("Ada", "ada@example.com")]


@pytest.mark.parametrize("body", [b"{", b'{"name": 7}', b"[]"])
def test_what_is_no_user_is_refused_and_not_kept(app, body):
    assert app.post("/users", content=body).status_code == 400
    assert not [call for call in app.calls("sqlite.execute") if "INSERT" in call.arguments[0]]


def test_the_table_is_brought_up_to_date_once(app):
    for _ in range(2):
        app.get("/users")
    altered = [call for call in app.calls("sqlite.execute") if call.arguments[0].startswith("ALTER")]
    assert len(altered) == 1
