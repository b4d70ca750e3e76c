"""What a Python component may be granted: each face of `atoll_guest` does its work, and says which grant is missing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.guests.python_component import Projects

pytestmark = pytest.mark.slow

MANIFEST = """
spin_manifest_version = 2
application.name = "rooms"
[variables]
color = {{ default = "red" }}
[[trigger.http]]
route = "/granted/..."
component = "granted"
[component.granted]
source = "{source}"
allowed_outbound_hosts = ["{upstream}", "{closed}"]
key_value_stores = ["default"]
sqlite_databases = ["default"]
variables = {{ color = "{{{{ color }}}}" }}
[[trigger.http]]
route = "/refused/..."
component = "refused"
[component.refused]
source = "{source}"
"""


@pytest.fixture(scope="module")
def closed() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="module")
def app(projects: Projects, kitchen: Up, closed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    component = projects.component("rooms", "app")
    folder = tmp_path_factory.mktemp("rooms")
    manifest = MANIFEST.format(source=component, upstream=kitchen.url, closed=closed)
    (folder / "spin.toml").write_text(manifest)
    settings = ["--workers", "1", "--log-dir", "", "--state-dir", str(folder / "state")]
    with up(Path(folder / "spin.toml"), *settings) as app:
        yield app


def ask(app: Up, path: str, method: str = "GET", **options: object) -> httpx.Response:
    return httpx.request(method, app.url + path, timeout=60, **options)  # type: ignore[arg-type]


def test_another_server_is_asked(app: Up, kitchen: Up) -> None:
    answer = ask(app, f"/granted/get?url={kitchen.url}/status?code=418")
    assert answer.status_code == 418
    assert ask(app, f"/granted/blocking?url={kitchen.url}/").text.startswith("200 ")


def test_requests_run_at_the_same_time(app: Up, kitchen: Up) -> None:
    answer = ask(app, f"/granted/both?url={kitchen.url}/sleep?ms=700")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() < 1.4


def test_bodies_go_to_another_server_and_come_back(app: Up, kitchen: Up) -> None:
    assert ask(app, f"/granted/post?url={kitchen.url}/echo").json() == {"a": "ä"}
    data = bytes(range(256)) * 4000
    assert ask(app, f"/granted/pass?url={kitchen.url}/echo", "POST", content=data).content == data
    streamed = ask(app, f"/granted/stream?url={kitchen.url}/stream?chunks=5%26size=100000%26pause=1")
    assert len(streamed.content) == 500_000


def test_an_answer_that_takes_too_long_is_given_up(app: Up, kitchen: Up) -> None:
    late = ask(app, f"/granted/late?url={kitchen.url}/sleep?ms=5000")
    assert (late.status_code, late.text) == (504, f"late: {kitchen.url}/sleep?ms=5000 did not answer in time")
    assert late.elapsed.total_seconds() < 4


def test_a_server_that_does_not_answer_is_an_error(app: Up, closed: str) -> None:
    failed = ask(app, f"/granted/get?url={closed}/")
    assert (failed.status_code, failed.text) == (502, f"failed: {closed}/ failed: connection refused")


def test_a_server_that_is_not_granted_is_refused_by_name(app: Up, kitchen: Up) -> None:
    refused = ask(app, f"/refused/get?url={kitchen.url}/")
    assert (refused.status_code, refused.text) == (
        403,
        f'refused: {kitchen.url}/ is not allowed: add "{kitchen.url}" to `allowed_outbound_hosts` of the component',
    )


def test_a_store_is_read_and_written(app: Up) -> None:
    assert ask(app, "/granted/count").json() == [1, True, ["count"], None]


@pytest.mark.parametrize("path, label", [("/refused/count", "default"), ("/granted/other-store", "other")])
def test_a_store_that_is_not_granted_is_refused_by_name(app: Up, path: str, label: str) -> None:
    refused = ask(app, path)
    assert refused.status_code == 403
    assert refused.text == (
        f'refused: the store `{label}` is not granted: add "{label}" to `key_value_stores` of the component'
    )


def test_variables_are_there_and_others_are_not(app: Up) -> None:
    assert ask(app, "/granted/variable").json() == ["red", "none", "red"]
    unknown = ask(app, "/granted/variable-unknown")
    assert "the component has no variable `absent`" in unknown.text


def test_a_database_takes_and_gives_rows(app: Up) -> None:
    columns = ["name", "age", "size", "absent"]
    row = ["Ada", 3, 1.5, None]
    told = ask(app, "/granted/rows").json()
    assert told == [1, 1, columns, [row], [dict(zip(columns, row, strict=True))]]
    assert "SELEKT" in ask(app, "/granted/statement").text


@pytest.mark.parametrize("path, label", [("/refused/rows", "default"), ("/granted/other-database", "other")])
def test_a_database_that_is_not_granted_is_refused_by_name(app: Up, path: str, label: str) -> None:
    refused = ask(app, path)
    assert refused.status_code == 403
    assert f'the database `{label}` is not granted: add "{label}" to `sqlite_databases`' in refused.text
