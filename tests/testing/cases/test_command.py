"""`atoll test`: what is found, what is chosen, what is said, what it ends with."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from atoll.testing.cases.junit import junit
from atoll.testing.cases.outcomes import Difference, Outcome
from tests.support import ROOT, answering, built, write_app
from tests.testing.cases.conftest import AtollTest, played

PASSING = '[[test]]\nname = "{0}"\nrequest.path = "/"\nresponse.body = {{ contains = "Hello" }}\n'
FAILING = '[[test]]\nname = "{0}"\nrequest.path = "/status?code=404"\n'


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app in Rust, without tests."""
    write_app(tmp_path, answering("rust-kitchen"))
    return tmp_path


def names(stdout: str) -> list[str]:
    """The tests that were run, with how each ended."""
    lines = [line.split("  ")[-2].strip() for line in stdout.splitlines() if line.endswith(" ms")]
    return [line.removeprefix("ok ") for line in lines]


def test_without_tests_the_first_one_is_shown(app: Path, atoll_test: AtollTest) -> None:
    ended = atoll_test(app)
    assert (ended.code, ended.stdout) == (1, "")
    assert "error: no tests were found in ." in ended.stderr
    shown = ended.stderr.split("app.test.toml:")[1]
    assert played(app, shown)[0].status == "passed"


@pytest.mark.slow
def test_tests_below_the_app_are_found_and_what_others_made_is_not(app: Path, atoll_test: AtollTest) -> None:
    for folder in ("inner", "node_modules", ".hidden", "target"):
        (app / folder).mkdir()
        (app / folder / "x.test.toml").write_text(PASSING.format(folder))
    (app / "a.test.toml").write_text(PASSING.format("top"))
    (app / "other").mkdir()
    write_app(app / "other", answering("wat-empty"))
    ended = atoll_test(app)
    assert (ended.code, names(ended.stdout)) == (0, ["top", "inner"])
    assert names(atoll_test(app / "inner").stdout) == ["top", "inner"]
    assert names(atoll_test(app, "inner").stdout) == ["inner"]


@pytest.mark.slow
def test_tests_are_chosen_by_file_name_and_expression(app: Path, atoll_test: AtollTest) -> None:
    (app / "a.test.toml").write_text(PASSING.format("one is here") + PASSING.format("two are here"))
    (app / "b.test.toml").write_text(PASSING.format("three are there"))
    for arguments, expected in (
        (["a.test.toml"], ["one is here", "two are here"]),
        (["two are here"], ["two are here"]),
        (["* are *"], ["two are here", "three are there"]),
        (["a.test.toml::two*"], ["two are here"]),
        (["-k", "here and not (one or three)"], ["two are here"]),
        (["b.test.toml", "-k", "are"], ["three are there"]),
    ):
        assert names(atoll_test(app, *arguments).stdout) == expected
    for arguments, said in (
        (["one is there"], "error: no test is called 'one is there'\nhint: did you mean `one is here`?\n"),
        (["-k", "four"], "error: no test fits -k 'four'\n"),
        (["c.test.toml"], "error: there is no file c.test.toml\nhint: name a file, a folder, or a test\n"),
    ):
        ended = atoll_test(app, *arguments)
        assert (ended.code, ended.stderr) == (1, said)


@pytest.mark.slow
def test_the_first_that_fails_can_be_the_last(app: Path, atoll_test: AtollTest) -> None:
    (app / "a.test.toml").write_text(PASSING.format("a") + FAILING.format("b") + FAILING.format("c"))
    assert "1 passed, 2 failed" in atoll_test(app).stdout
    for jobs in ("1", "2"):
        ended = atoll_test(app, "-x", "-j", jobs)
        assert (ended.code, "1 passed, 1 failed" in ended.stdout) == (1, True)


@pytest.mark.slow
def test_what_is_not_current_is_built_first(tmp_path: Path, atoll_test: AtollTest) -> None:
    guest = built("rust-kitchen")
    rest = answering("rust-kitchen").replace("<rust-kitchen>", "k.wasm")
    write_app(tmp_path, f'{rest}[component.k.build]\ncommand = "cp {guest} k.wasm"\nwatch = ["*.txt"]\n')
    (tmp_path / "a.test.toml").write_text(PASSING.format("a"))
    without = atoll_test(tmp_path, "--no-build")
    assert (without.code, 'the wasm file "k.wasm" does not exist' in without.stdout) == (1, True)
    first, second = atoll_test(tmp_path), atoll_test(tmp_path)
    assert (first.code, second.code) == (0, 0)
    assert "built k" in first.stderr
    assert second.stderr == ""


@pytest.mark.slow
def test_results_are_told_to_programs(app: Path, atoll_test: AtollTest) -> None:
    (app / "a.test.toml").write_text(PASSING.format("a") + FAILING.format("b"))
    ended = atoll_test(app, "--json")
    told = json.loads(ended.stdout)
    assert (ended.code, told["passed"], told["failed"], told["skipped"]) == (1, 1, 1, 0)
    first, second = told["tests"]
    assert (first["name"], first["group"], first["place"], first["status"]) == (
        "a",
        "a.test.toml",
        "a.test.toml:1",
        "passed",
    )
    assert second["differences"][0]["what"] == "GET /status?code=404: response.status"
    assert told["coverage"][0]["component"] == "k"


@pytest.mark.slow
def test_a_report_for_other_tools_is_junit_s(app: Path, atoll_test: AtollTest) -> None:
    (app / "a.test.toml").write_text(PASSING.format("a") + FAILING.format("<b> & 'c'"))
    (app / "b.test.toml").write_text(PASSING.format("d"))
    atoll_test(app, "--junit", "report.xml")
    root = ET.parse(app / "report.xml").getroot()
    assert (root.tag, {*root.attrib}) == ("testsuites", {"name", "tests", "failures", "errors", "time"})
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "0")
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("a.test.toml", "2"), ("b.test.toml", "1")]
    failed = root[0][1]
    assert (failed.get("name"), failed.get("classname")) == ("<b> & 'c'", "a.test.toml")
    assert "expected a status from 200 to 299, got 404" in (failed.findtext("failure") or "")
    ended = atoll_test(app, "--junit", "nowhere/report.xml")
    assert (ended.code, "--junit: nowhere/report.xml cannot be written" in ended.stderr) == (1, True)


def test_a_report_has_nothing_in_it_that_xml_has_no_place_for() -> None:
    outcome = Outcome(
        name="a\x1b[31m\x00",
        group="g\ud800",
        status="failed",
        seconds=0.1,
        differences=(Difference("w", "p", ("\x07",)),),
        sections=(("guest log", "\ufffe"),),
    )
    skipped = Outcome(name="s", group="h", status="skipped", seconds=0.0)
    root = ET.fromstring(junit([outcome, skipped]))
    assert [suite.get("skipped") for suite in root] == ["0", "1"]
    # What the schema of Jenkins's plugin permits, and the order that GitLab's examples have.
    for suite in root:
        assert {*suite.attrib} == {"name", "file", "tests", "failures", "errors", "time", "skipped", "timestamp"}
        for case in suite:
            assert {*case.attrib} == {"name", "classname", "time"}
            assert {part.tag for part in case} <= {"failure", "skipped", "system-out"}


@pytest.mark.slow
def test_what_guests_write_cannot_steer_a_terminal(app: Path, atoll_test: AtollTest) -> None:
    (app / "a.test.toml").write_text(
        '[[test]]\nname = "a"\nrequest.path = "/fetch?url=%1B%5B31m"\nresponse.status = 200\n'
        '[[test]]\nname = "b"\ngiven.environment = { A = "\\u001b[31m" }\n'
        'request.path = "/env"\nresponse.body = "x\\ny\\nz"\n'
    )
    ended = atoll_test(app)
    assert (ended.code, "\x1b[31m" in ended.stdout) == (1, False)


@pytest.mark.slow
def test_an_app_is_named_and_the_tests_stand_elsewhere(app: Path, tmp_path: Path, atoll_test: AtollTest) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.test.toml").write_text(PASSING.format("a"))
    alone = atoll_test(elsewhere.parent, "-f", "spin.toml", str(elsewhere))
    assert alone.code == 0
    (elsewhere / ".git").mkdir()
    missing = atoll_test(elsewhere, "a.test.toml")
    assert (missing.code, "there is no spin.toml beside a.test.toml or above it" in missing.stderr) == (1, True)
    assert atoll_test(elsewhere, "-f", str(app), "a.test.toml").code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("users")
def test_hundreds_of_tests_take_seconds(users: Path, tmp_path: Path, atoll_test: AtollTest) -> None:
    for name in ("spin.toml", "users.wasm"):
        shutil.copy(users / name, tmp_path / name)
    (tmp_path / "users.test.toml").write_text(
        "".join(
            f'[[test]]\nname = "user {number} is found"\n'
            f'given.key-value.default = {{ "user:{number}" = \'{{"id": {number}, "name": "Ada", "email": null}}\' }}\n'
            f'request.path = "/users"\nresponse.json-part = [{{ id = {number} }}]\n'
            f'expect.key-value.default = {{ "user:{number}" = true }}\n'
            for number in range(200)
        )
    )
    began = time.monotonic()
    for jobs in ("1", "2"):
        ended = atoll_test(tmp_path, "--no-build", "-j", jobs)
        assert (ended.code, "200 passed" in ended.stdout) == (0, True)
        assert names(ended.stdout) == [f"user {number} is found" for number in range(200)]
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_an_interrupt_ends_all_processes(app: Path) -> None:
    (app / "a.test.toml").write_text(
        "".join(f'[[test]]\nname = "{number}"\nrequest.path = "/sleep?ms=500"\n' for number in range(100))
    )
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "atoll", "test", "-j", "2"],
        cwd=app,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    assert running.stdout is not None
    assert "a.test.toml" in running.stdout.readline()
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, "Traceback" in said) == (1, False)


PYTEST = """
import pytest


def test_the_app_answers(client):
    assert client.get("/").status_code == 200


def test_one_that_fails(app):
    app.get("/fetch?url=https://example.com")
    assert app.get("/status?code=404").status_code == 200


@pytest.mark.skip(reason="later")
def test_one_that_is_left_out():
    pass
"""


@pytest.mark.slow
def test_tests_for_pytest_are_run_with_the_app(
    app: Path, atoll_test: AtollTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (app / "test_app.py").write_text(PYTEST)
    ended = atoll_test(app)
    assert ended.code == 1
    assert "1 passed, 1 failed, 1 skipped" in ended.stdout
    lines = [line.strip() for line in ended.stdout.splitlines()]
    assert "E       AssertionError: assert 404 == 200" in lines
    assert atoll_test(app, "-k", "answers").code == 0
    (app / "test_broken.py").write_text("import nothing_of_the_kind\n")
    broken = atoll_test(app)
    assert "ModuleNotFoundError: No module named 'nothing_of_the_kind'" in broken.stdout
    (app / "test_broken.py").unlink()
    (app / "conftest.py").write_text("raise RuntimeError('no')\n")
    stopped = atoll_test(app)
    assert (stopped.code, "pytest ended with code" in stopped.stderr) == (1, True)


@pytest.mark.slow
def test_coverage_names_what_was_called_and_what_was_granted_for_nothing(
    users: Path, tmp_path: Path, atoll_test: AtollTest
) -> None:
    (tmp_path / "users.wasm").symlink_to(users / "users.wasm")
    write_app(
        tmp_path,
        answering("rust-kitchen")
        + 'allowed_outbound_hosts = ["https://*.example.com", "http://other.example.com:8080", "redis://localhost", "http://self"]\n'
        + '[[trigger.http]]\nroute = "/users/..."\ncomponent = "users"\n'
        + '[component.users]\nsource = "users.wasm"\nkey_value_stores = ["default", "cache"]\n'
        + 'variables = { color = "red" }\n',
    )
    (tmp_path / "a.test.toml").write_text(
        '[[test]]\nname = "a"\nrequest.path = "/users/7"\nresponse.status = 404\n'
        '[[test]]\nname = "b"\nrequest.path = "/fetch?url=https://api.example.com/"\n'
        '[[test.outbound]]\nurl = "https://api.example.com"\n'
    )
    ended = atoll_test(tmp_path, "--json")
    kitchen, of_users = json.loads(ended.stdout)["coverage"]
    assert of_users["functions"]["spin:key-value/key-value@3.0.0"] == {
        "open": None,
        "get": 1,
        "set": 0,
        "delete": 0,
        "exists": 0,
        "get-keys": 0,
    }
    assert of_users["grants"] == {"key_value_stores": {"default": 1, "cache": 0}, "variables": {"color": None}}
    assert kitchen["functions"]["wasi:http/outgoing-handler@0.2.12"] == {"handle": 1}
    assert kitchen["grants"]["allowed_outbound_hosts"] == {
        "https://*.example.com": 1,
        "http://other.example.com:8080": 0,
        "redis://localhost": None,
        "http://self": None,
    }
    told = atoll_test(tmp_path, "--coverage").stdout
    assert "  granted and never used: key_value_stores: cache\n" in told
    assert "    set       never\n" in told


EXAMPLES = ("examples/hello", "examples/static", "examples/users-key-value", "examples/users-sqlite")


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_s_tests_pass(example: str, atoll_test: AtollTest) -> None:
    if not [*(ROOT / example).glob("*.wasm")]:
        pytest.skip(f"{example} is not built")
    ended = atoll_test(ROOT / example, "--no-build")
    assert (ended.code, "passed" in ended.stdout) == (0, True), ended.stdout


@pytest.mark.slow
def test_the_examples_of_a_command_and_of_plugins_pass(tmp_path: Path, atoll_test: AtollTest) -> None:
    shutil.copy(ROOT / "examples/cli/count.test.toml", tmp_path)
    (tmp_path / "count.wasm").symlink_to(built("example-cli"))
    assert "3 passed" in atoll_test(tmp_path).stdout
    if not [*(ROOT / "examples/plugins/plugins").glob("*.wasm")]:
        pytest.skip("the plugins are not built: guests/build.py")
    assert "4 passed" in atoll_test(ROOT / "examples/plugins").stdout
