"""Recorded requests are run again as they were; the first difference is shown."""

import json
import re
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up
from tests.replay.recorded import get, lines, recorded, replay
from tests.rooms.imports import path_of_modules
from tests.rooms.test_custom import manifest as shop
from tests.support import built, write_app

pytestmark = pytest.mark.slow

LANGUAGES = [
    "c-http",
    "go-http",
    "js-http",
    "js-http-p3",
    "python-http",
    "python-http-p3",
    "python-http-p3rc",
    "python-spin3",
    "python-spin4",
    "python-spin5",
    "rust-http",
    "rust-http-p3",
    "rust-spin3-core",
    "rust-spin6",
    "rust-spin7",
]


@pytest.mark.parametrize("guest", LANGUAGES)
def test_a_guest_does_the_same_again_whatever_it_was_written_in(guest: str, tmp_path: Path) -> None:
    [recording] = recorded(built(guest), tmp_path, get("/some/path?a=b"))
    replayed = replay(recording)
    assert (replayed.returncode, replayed.stderr) == (0, "")
    assert re.match(rf"GET http://[\d.:]+/some/path\?a=b of `{guest}`, answered \d+ after [\d.]+ ms, ", replayed.stdout)
    assert re.search(rf"\n{len(lines(recording)) - 1} host calls, all alike\n", replayed.stdout)
    # A client that has its answer may be gone before its guest is done.
    assert (
        replayed.stdout.count("\n") == 2
        or "the call ended here when it was recorded: its client had left" in replayed.stdout
    )


def wagi(folder: Path, guest: str) -> Path:
    executor = '[[trigger.http]]\nroute = "/..."\ncomponent = "k"\nexecutor = { type = "wagi", argv = "k stdin" }\n'
    return write_app(folder, f'{executor}[component.k]\nsource = "<{guest}>"\n')


@pytest.mark.parametrize("guest", ["c-cli-p1", "go-wagi-p1", "rust-cli-p1", "rust-cli-p2", "python-cli-p3"])
def test_a_command_of_wagi_does_the_same_again(guest: str, tmp_path: Path) -> None:
    def ask(served: Up) -> None:
        body = b"Content-Type: text/plain\n\nwhat came with the request"
        httpx.post(f"{served.url}/echo", content=body, headers={"authorization": "hunter22"}, timeout=60)

    [recording] = recorded(wagi(tmp_path, guest), tmp_path / "kept", ask)
    assert "what came with the request" in recording.read_text()
    assert "hunter22" not in recording.read_text()
    replayed = replay(recording)
    assert (replayed.returncode, replayed.stderr) == (0, "")
    assert re.search(rf"\n{len(lines(recording)) - 1} host calls, all alike\n", replayed.stdout)


def test_a_command_that_ends_with_an_exit_code_is_run_up_to_that(tmp_path: Path) -> None:
    [recording] = recorded(wagi(tmp_path, "go-wagi-p1"), tmp_path / "kept", get("/fail"))
    replayed = replay(recording)
    assert (replayed.returncode, replayed.stderr) == (0, "")
    assert lines(recording)[-1]["function"] == "exit"


def test_the_time_and_random_numbers_are_those_of_the_recording(tmp_path: Path) -> None:
    told: list[dict[str, object]] = []
    [recording] = recorded(
        built("python-moments"), tmp_path, lambda served: told.append(httpx.get(f"{served.url}/sleep").json())
    )
    # What the guest answers is a parameter of a host call like any other: it is the same to the last digit.
    assert json.dumps(told[0])[1:-1] in recording.read_text().replace('\\"', '"')
    assert replay(recording).returncode == 0


def test_a_body_that_is_no_text_passes_both_ways(tmp_path: Path) -> None:
    body = bytes(range(256)) * 1000
    answers: list[bytes] = []
    [recording] = recorded(
        built("js-http"),
        tmp_path,
        lambda served: answers.append(httpx.post(f"{served.url}/echo", content=body).content),
    )
    assert answers == [body]
    assert replay(recording).returncode == 0


@pytest.mark.parametrize(
    "path", ["/find?name=lamp", "/find?name=chair", "/nested", "/fits?width=30", "/basket", "/put"]
)
def test_values_of_every_type_are_kept_and_given_again(path: str, tmp_path: Path) -> None:
    app = shop(tmp_path, "rust-shop")
    ask = get(path)
    [recording] = recorded(app, tmp_path / "kept", ask, env=path_of_modules(tmp_path))
    assert any(asked["interface"].startswith("acme:shop/") for asked in lines(recording)[1:])
    replayed = replay(recording)
    assert (replayed.returncode, replayed.stderr) == (0, ""), replayed.stdout


@pytest.mark.parametrize("guest", ["rust-faults", "c-faults", "python-faults", "go-faults"])
def test_a_failure_is_the_same_with_the_same_stack(guest: str, tmp_path: Path) -> None:
    [recording] = recorded(built(guest), tmp_path, get("/"))
    assert lines(recording)[0]["failure"][0] == "guest-trapped"
    replayed = replay(recording)
    assert (replayed.returncode, "[guest-trapped]" in replayed.stdout) == (0, True), replayed.stdout
    if guest == "rust-faults":
        assert re.search(r"at first  \S+/guests/rust-faults/src/lib\.rs:\d+\n", replayed.stdout)


def test_a_guest_that_does_not_end_is_left_after_some_time(tmp_path: Path) -> None:
    [recording] = recorded(built("wat-spin"), tmp_path, get("/"), "--request-timeout", "200ms")
    replayed = replay(recording, "--patience", "300ms")
    assert (replayed.returncode, "[limit-" in replayed.stdout) == (0, True), replayed.stdout


def test_another_component_is_run_to_its_first_difference(tmp_path: Path) -> None:
    [recording] = recorded(built("rust-http"), tmp_path, get("/"))
    replayed = replay(recording, "--component", built("c-http"))
    assert replayed.returncode == 1
    said = replayed.stdout.splitlines()
    assert re.fullmatch(r"\d+ of 7 host calls alike; then they differ:", said[1])
    assert said[2].startswith("  recorded: wasi:http/types@0.2.") and said[3].startswith("  now:      ")
    assert said[4].startswith("      at ")
    told = json.loads(replay(recording, "--component", built("c-http"), "--json").stdout)
    assert told["alike"] is False
    assert told["replay"]["difference"]["recorded"] != told["replay"]["difference"]["now"]


def test_each_step_is_shown_with_what_passed(tmp_path: Path) -> None:
    [recording] = recorded(built("rust-http"), tmp_path, get("/"))
    said = replay(recording, "--step").stdout
    assert [line for line in said.splitlines() if line.startswith("4/7")] == [
        "4/7  wasi:http/types@0.2.12 [static]response-outparam.set"
    ]
    assert '      with {"utf8": "Hello from Rust\\n"}\n      gave {"ok": null}\n      at ' in said


def test_a_folder_lists_its_recordings(tmp_path: Path) -> None:
    recorded(built("rust-http"), tmp_path, get("/one", "/two"))
    said = replay(tmp_path).stdout
    assert re.search(r"^\S+\.jsonl  GET http://\S+/one of `rust-http`, answered 200 after .*\n.*/two of ", said)
    assert [call["method"] for call in json.loads(replay(tmp_path, "--json").stdout)] == ["GET", "GET"]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "is no recording"),
        ("{}", "is no recording"),
        ("not json\n", "is no recording"),
        ('{"recording":99', "is no recording"),
    ],
    ids=["empty", "object", "text", "cut"],
)
def test_what_is_no_recording_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(text)
    replayed = replay(file)
    assert (replayed.returncode, said in replayed.stderr) == (1, True), replayed.stderr


def test_a_recording_of_another_version_or_cut_off_is_refused(tmp_path: Path) -> None:
    [recording] = recorded(built("rust-http"), tmp_path, get("/"))
    text = recording.read_text()
    recording.write_text(text.replace('"recording":1', '"recording":99'))
    assert "the recording is of version 99; this atoll reads version 1" in replay(recording).stderr
    recording.write_text(text[:-20])
    assert "line 8 of the recording cannot be read" in replay(recording).stderr


def test_a_component_that_is_gone_is_named(tmp_path: Path) -> None:
    [recording] = recorded(built("rust-http"), tmp_path, get("/"))
    recording.write_text(recording.read_text().replace("rust-http.wasm", "gone.wasm"))
    replayed = replay(recording)
    assert (replayed.returncode, "gone.wasm` cannot be read" in replayed.stderr) == (1, True)
    assert "--component WASM" in replayed.stderr
