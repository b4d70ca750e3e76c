"""Guest output and access lines: where they go and what they tell."""

import json
import re

from atoll.testing import up
from tests.conftest import MakeApp
from tests.support import built, get, refused

TWO = """\
[[trigger.http]]
route = "/log"
component = "loud"
[[trigger.http]]
route = "/..."
component = "other"
[component.loud]
source = "<rust-kitchen>"
[component.other]
source = "<rust-kitchen>"
"""


def test_output_goes_to_terminal_and_files_with_component_and_request(make_app: MakeApp) -> None:
    app = make_app(TWO)
    with up(app, "--workers", "2") as served:
        for number in range(6):
            assert get(served.url + f"/log?text=line-{number}").text == "logged"
        served.wait_for(r"(?m)^loud\[[0-9a-f]+\]: to stdout: line-\d$", times=6)
        served.wait_for(r"(?m)^loud\[[0-9a-f]+\]: to stderr: line-\d$", times=6)
    logs = app.parent / ".spin" / "logs"
    lines = (logs / "loud_stdout.txt").read_text().splitlines()
    assert sorted(line.rpartition(" ")[2] for line in lines) == [f"line-{number}" for number in range(6)]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\S+Z [0-9a-f]+ to stdout: ", line) for line in lines)
    assert "to stderr: line-0" in (logs / "loud_stderr.txt").read_text()
    assert not (logs / "other_stdout.txt").exists()


def test_truncate_logs_empties_the_files_and_without_it_they_grow(make_app: MakeApp) -> None:
    app = make_app(TWO)
    file = app.parent / "logs" / "loud_stdout.txt"
    counts = []
    for flags in ((), (), ("--truncate-logs",)):
        with up(app, "--workers", "2", "-L", str(file.parent), *flags) as served:
            get(served.url + "/log?text=x")
        counts.append(len(file.read_text().splitlines()))
    assert counts == [1, 2, 1]


def test_a_log_file_begins_anew_before_it_grows_too_large_and_keeps_its_predecessor(make_app: MakeApp) -> None:
    app = make_app(TWO)
    logs = app.parent / "logs"
    with up(app, "--workers", "2", "-L", str(logs), "--log-max-size", "4kB") as served:
        for _ in range(300):
            get(served.url + "/log?text=" + "x" * 50)
    sizes = {file.name: file.stat().st_size for file in logs.glob("loud_stdout*")}
    assert set(sizes) == {"loud_stdout.txt", "loud_stdout.1.txt"}
    assert all(size < 8_000 for size in sizes.values())


def test_follow_shows_only_the_chosen_component_and_quiet_none(make_app: MakeApp) -> None:
    app = make_app(TWO + '[[trigger.http]]\nroute = "/panic"\ncomponent = "other"\n')
    for flags, shown in ((("--follow", "loud"), {"loud"}), (("--follow", "other"), {"other"}), (("--quiet",), set())):
        with up(app, "--workers", "1", "-L", "", *flags) as served:
            get(served.url + "/log?text=x")
            get(served.url + "/panic")
        assert set(re.findall(r"(?m)^(loud|other)\[", served.stdout + served.stderr)) == shown


def test_an_empty_log_dir_makes_no_files(make_app: MakeApp) -> None:
    app = make_app(TWO)
    with up(app, "--workers", "1", "--log-dir", "") as served:
        get(served.url + "/log?text=x")
        served.wait_for("to stdout: x")
    assert not (app.parent / ".spin").exists()


def test_a_log_dir_that_cannot_be_written_is_refused(make_app: MakeApp) -> None:
    app = make_app(TWO)
    (app.parent / "file").write_text("")
    told = refused("-f", str(app), "--listen", "127.0.0.1:0", "-L", str(app.parent / "file"))
    assert "logs cannot be written" in told.stderr


def test_the_access_log_has_one_line_a_request_as_json_or_text() -> None:
    with up(built("rust-kitchen"), "--workers", "2", "-L", "", "--access-log", "json") as served:
        get(served.url + "/status?code=404&secret=1")
        line = served.wait_for(r"(?m)^\{.*\}$")[0]
        entry = json.loads(line)
        assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/status", 404)
        assert entry["component"] == "rust-kitchen"
        assert entry["client"].startswith("127.0.0.1:")
        assert entry["ms"] > 0
    with up(built("rust-kitchen"), "--workers", "1", "-L", "", "--access-log", "text") as served:
        get(served.url + "/")
        served.wait_for(r"(?m)^\S+Z [0-9a-f]+ 127\.0\.0\.1:\d+ GET / 200 rust-kitchen [\d.]+ms$")


def test_a_guest_cannot_forge_a_line_of_another_component(make_app: MakeApp) -> None:
    with up(make_app(TWO), "--workers", "1", "-L", "") as served:
        get(served.url + "/log?text=a%0Aother[1]:%20forged")
        served.wait_for(r"(?m)^loud\[[0-9a-f]+\]: other\[1\]: forged")
