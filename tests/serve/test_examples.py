"""Each example does what its README says, built as its manifest says."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from atoll.testing import up
from tests.support import ROOT, built, built_example, get

COMMON = ("--workers", "1", "--log-dir", "")


def test_hello_in_python() -> None:
    with up(built_example("examples/hello", "componentize-py"), *COMMON) as app:
        assert get(app.url + "/world").text == "Hello from /world\n"


def test_hello_in_javascript() -> None:
    with up(built_example("examples/hello-js", "js-component"), *COMMON) as app:
        assert get(app.url + "/world").json() == {"hello": "/world"}


def test_hello_in_go() -> None:
    with up(built_example("examples/hello-go", "go-wasip1"), *COMMON) as app:
        assert get(app.url + "/world").text == "Hello from /world\n"


def test_hello_in_rust() -> None:
    with up(built_example("examples/hello-rust", "cargo-wasm"), *COMMON) as app:
        assert get(app.url + "/world").text == "Hello from /world\n"


def test_static_files_an_answer_and_a_private_component() -> None:
    with up(built_example("examples/static", "componentize-py"), *COMMON) as app:
        assert get(app.url + "/health").text == "well\n"
        assert "<html" in get(app.url + "/").text
        assert get(app.url + "/style.css").headers["content-type"] == "text/css"
        assert get(app.url + "/../spin.toml").status_code == 404
        assert get(app.url + "/greeting").status_code == 200


def test_the_command_line_tool_counts_only_what_it_is_granted() -> None:
    folder = ROOT / "examples/cli"
    run = [sys.executable, "-P", "-m", "atoll", "run", str(built("example-cli"))]
    counted = subprocess.run(run, input=b"some words\n", capture_output=True, check=True)
    assert b"2" in counted.stdout
    granted = subprocess.run([*run, "--dir", f"{folder}::/:ro", "--", "/main.go"], capture_output=True, check=True)
    assert b"/main.go" in granted.stdout
    refused = subprocess.run([*run, "--", "/main.go"], capture_output=True, check=False)
    assert refused.returncode != 0


USERS = [("examples/users-sqlite", "componentize-py-spin-5.0.0"), ("examples/users-key-value", "cargo-wasm")]


@pytest.mark.parametrize("path, tool", USERS, ids=["users-sqlite", "users-key-value"])
def test_users_are_listed_found_made_and_removed(path: str, tool: str, tmp_path: Path) -> None:
    folder = built_example(path, tool)
    ada = {"name": "Ada", "email": "ada@example.com"}
    with up(folder, "--state-dir", str(tmp_path), *COMMON) as app, httpx.Client(base_url=app.url, timeout=30) as client:
        assert client.get("/users").json() == []
        made = client.post("/users", json=ada)
        assert (made.status_code, made.json() | ada) == (201, made.json())
        other = client.post("/users", json={"name": "Böb"}).json()
        assert client.get(made.headers["location"]).json() == made.json()
        assert sorted(user["name"] for user in client.get("/users").json()) == ["Ada", "Böb"]
        assert client.post("/users", content=b"{").status_code == 400
        assert client.post("/users", json={"name": 7}).status_code == 400
        assert client.get("/users/999").status_code == 404
        assert client.delete(f"/users/{other['id']}").status_code == 204
        assert client.delete(f"/users/{other['id']}").status_code == 404
    # They outlive the server.
    with up(folder, "--state-dir", str(tmp_path), *COMMON) as app:
        assert get(app.url + "/users").json() == [made.json()]


def test_users_of_an_older_table_get_what_is_new_and_emails_are_unique(tmp_path: Path) -> None:
    folder = built_example(*USERS[0])
    old = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL); PRAGMA user_version = 1"
    script = tmp_path / "old.sql"
    script.write_text(f"{old}; INSERT INTO users VALUES (3, 'Grace')")
    with up(folder, "--state-dir", str(tmp_path), "--sqlite", f"@{script}", *COMMON) as app:
        assert get(app.url + "/users").json() == [{"id": 3, "name": "Grace", "email": None}]
        same = {"name": "Ada", "email": "ada@example.com"}
        made = [httpx.post(app.url + "/users", json=same, timeout=30).status_code for _ in range(2)]
        assert made == [201, 409]
