"""Guests that lie to the host are recorded as far as they can be, and the server goes on."""

import json
import os
from pathlib import Path

import httpx
import pytest

from atoll.testing import up
from tests.replay.recorded import lines, replay
from tests.support import built

pytestmark = pytest.mark.slow

LIARS = [
    "wat-field-bomb",
    "wat-foreign-handle",
    "wat-handle-bomb",
    "wat-list-huge",
    "wat-outside-memory",
    "wat-poison",
    "wat-random-huge",
    "wat-realloc-loop",
    "wat-start-loop",
]


@pytest.mark.parametrize("guest", LIARS)
def test_a_guest_that_lies_gets_what_it_gets_without_a_recording(guest: str, tmp_path: Path) -> None:
    answers = []
    for options in ([], ["--record", str(tmp_path)]):
        limits = ["--workers", "1", "--log-dir", "", "--request-timeout", "2s"]
        with up(built(guest), *limits, *options) as served:
            answers.append([httpx.get(served.url, timeout=60).status_code for _ in range(2)])
    assert answers[0] == answers[1]
    for recording in tmp_path.iterdir():
        assert recording.suffix == ".jsonl"
        assert lines(recording)[0]["component"] == guest
        assert replay(recording, "--patience", "2s").returncode == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda call: call["with"].clear(),
        lambda call: call["with"].append({"resource": -1}),
        lambda call: call["with"].__setitem__(0, {"resource": "none"}),
        lambda call: call.update(handler="http03"),
        lambda call: call["guest"].update(limits={"memory_bytes": 1}),
        lambda call: call["guest"].update(snapshot="yes"),
    ],
    ids=["without", "more", "text", "handler", "limits", "snapshot"],
)
def test_a_recording_that_was_changed_ends_with_an_error_and_not_with_a_crash(change: object, tmp_path: Path) -> None:
    with up(built("rust-http"), "--workers", "1", "--log-dir", "", "--record", str(tmp_path)) as served:
        httpx.get(served.url, timeout=60)
    [recording] = tmp_path.iterdir()
    call, *asked = lines(recording)
    assert callable(change)
    change(call)
    recording.write_text("\n".join(json.dumps(line) for line in [call, *asked]))
    replayed = replay(recording)
    assert replayed.returncode in (0, 1), replayed.stderr
    assert "Traceback" not in replayed.stderr


def test_a_result_of_another_type_ends_the_guest(tmp_path: Path) -> None:
    with up(built("rust-http"), "--workers", "1", "--log-dir", "", "--record", str(tmp_path)) as served:
        httpx.get(served.url, timeout=60)
    [recording] = tmp_path.iterdir()
    recording.write_text(recording.read_text().replace('"gave":[{"ok":{"resource":2}}]', '"gave":[["text"]]'))
    replayed = replay(recording)
    assert replayed.returncode == 1
    assert 'the recording has ["text"] where the guest wants another type' in replayed.stdout


def test_what_is_written_to_a_full_disk_is_told_and_the_server_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with up(built("rust-http"), "--workers", "1", "--record", str(folder)) as served:
        folder.rmdir()
        os.symlink("/dev/full", folder)
        assert httpx.get(served.url, timeout=60).status_code == 200
        served.wait_for(r"the recording \S+ could not be written: ")
        assert httpx.get(served.url, timeout=60).status_code == 200
