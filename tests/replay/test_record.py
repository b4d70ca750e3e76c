"""Which requests are recorded, and what of them is not written down."""

from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.replay.recorded import get, lines, recorded, replay
from tests.support import answering, built, refused, write_app

pytestmark = pytest.mark.slow

SECRET = """
[[trigger.http]]
route = "/..."
component = "k"
[component.k]
source = "<python-rooms-p2>"
variables = { token = "t-{{ token }}", plain = "{{ plain }}" }
[variables]
token = { default = "hunter22", secret = true }
plain = { default = "open-sesame" }
"""


@pytest.mark.parametrize(
    "only, kept",
    [
        (["errors"], ["/panic"]),
        (["header:X-Debug"], ["/debug"]),
        (["errors", "header:x-debug"], ["/panic", "/debug"]),
        (["slower:1h"], []),
        (["slower:1ms", "errors"], ["/panic"]),
        ([], ["/quick", "/panic", "/debug"]),
    ],
    ids=lambda each: "+".join(each) or "none",
)
def test_only_what_is_wanted_is_kept(only: list[str], kept: list[str], tmp_path: Path) -> None:
    app = write_app(tmp_path, ROUTES)

    def ask(served: Up) -> None:
        httpx.get(f"{served.url}/quick", timeout=60)
        httpx.get(f"{served.url}/panic", timeout=60)
        httpx.get(f"{served.url}/debug", headers={"x-debug": "1"}, timeout=60)

    options = [word for what in only for word in ("--record-only", what)]
    found = recorded(app, tmp_path / "kept", ask, *options)
    paths = ["/" + lines(each)[0]["uri"].rpartition("/")[2] for each in found]
    assert [path for path in paths if path in kept or path != "/quick"] == kept


ROUTES = """
[[trigger.http]]
route = "/panic"
component = "fails"
[component.fails]
source = "<rust-faults>"
[[trigger.http]]
route = "/..."
component = "works"
[component.works]
source = "<rust-http>"
"""


def test_no_more_than_so_many_are_kept(tmp_path: Path) -> None:
    assert len(recorded(built("rust-http"), tmp_path, get(*["/"] * 5), "--record-most", "3")) == 3


def test_secrets_are_not_written_down_and_the_call_is_the_same(tmp_path: Path) -> None:
    headers = {"authorization": "Bearer abcdef123", "cookie": "session=s3cret99; theme=dark-mode"}
    app = write_app(tmp_path, SECRET)

    ask = get("/variables/get?name=token", "/variables/get?name=plain", headers=headers)
    found = recorded(app, tmp_path / "kept", ask)
    text = "".join(each.read_text() for each in found)
    for secret in ("hunter22", "abcdef123", "s3cret99"):
        assert secret not in text
    assert [replay(each).returncode for each in found] == [0, 0]


def test_what_is_written_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    found = recorded(built("rust-http"), tmp_path, get("/"))
    assert [each.suffix for each in found] == [".jsonl"]
    assert found[0].read_text().endswith("\n")


def test_a_request_of_an_instance_that_is_kept_is_recorded_from_its_beginning(tmp_path: Path) -> None:
    app = write_app(tmp_path, answering("rust-http") + "tool.atoll.reuse = { max_requests = 10 }\n")
    found = recorded(app, tmp_path / "kept", get("/", "/"))
    assert [replay(each).returncode for each in found] == [0, 0]


@pytest.mark.parametrize(
    "options, said",
    [
        (["--record-only", "errors"], "--record-only needs a folder"),
        (["--record", "kept", "--record-only", "sometimes"], "`sometimes` names no requests"),
        (["--record", "kept", "--record-only", "slower:soon"], "`slower:soon` names no requests"),
        (["--record", "/dev/null/kept"], "recordings cannot be written to"),
    ],
    ids=["folder", "word", "time", "unwritable"],
)
def test_what_cannot_be_recorded_is_refused_before_anything_is_served(options: list[str], said: str) -> None:
    assert said in refused("-f", str(built("rust-http")), "--listen", "127.0.0.1:0", *options).stderr


def test_a_call_that_passes_too_much_leaves_a_line_in_its_log(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with up(built("rust-kitchen"), "--workers", "1", "--log-dir", "", "--record", str(folder)) as served:
        body = b"x" * (70 << 20)
        assert httpx.post(f"{served.url}/drain", content=body, timeout=60).text == str(len(body))
        served.wait_for(r"no recording is kept of this request: it passes more than 64 MiB")
    assert list(folder.iterdir()) == []
