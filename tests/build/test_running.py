"""Builds run side by side, in order, and say everything that went wrong."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from atoll.build import Report, Way, run, steps
from atoll.errors import AtollError, Problems, UserError
from tests.build.apps import build, copying, count, module, said, written


def making(name: str, command: str, more: str = "") -> str:
    return f'source = "{name}.wasm"\nbuild.command = """{command}"""\n{more}'


def needing(name: str, needed: str) -> str:
    return making(name, f"cat {needed}.wasm > {name}.wasm", f'dependencies."x:y/z" = {{ path = "{needed}.wasm" }}\n')


def told(folder: Path, components: dict[str, str]) -> tuple[list[Report], AtollError]:
    """What was told of a build that fails, and how it fails."""
    app, reports = written(folder, components), list[Report]()
    with pytest.raises(AtollError) as raised:
        run(app, steps(app), reports.append)
    return reports, raised.value


@pytest.mark.slow
def test_builds_that_do_not_need_each_other_run_at_the_same_time(tmp_path: Path) -> None:
    """Each waits for the other's file."""
    waiting = (
        "touch {0}.here; for i in $(seq 500); do [ -e {1}.here ] && cp empty.wat {0}.wasm && exit; sleep 0.02; done"
    )
    components = {one: making(one, waiting.format(one, other)) for one, other in (("a", "b"), ("b", "a"))}
    assert said(build(written(tmp_path, components), way=Way(jobs=2))) == [("a", "built"), ("b", "built")]


def test_one_at_a_time_if_that_is_asked_for(tmp_path: Path) -> None:
    alone = "mkdir busy && sleep 0.05 && rmdir busy && cp empty.wat {0}.wasm"
    components = {name: making(name, alone.format(name)) for name in "abcd"}
    assert {status for _, status in said(build(written(tmp_path, components), way=Way(jobs=1)))} == {"built"}


def test_what_is_needed_is_there_before_it_is_needed(tmp_path: Path) -> None:
    components = {
        "c": needing("c", "b"),
        "b": needing("b", "a"),
        "a": making("a", "sleep 0.1; cp empty.wat a.wasm"),
    }
    build(written(tmp_path, components))
    assert (tmp_path / "c.wasm").read_text() == "(module)\n"


def test_a_failure_leaves_what_needs_it_and_nothing_else(tmp_path: Path) -> None:
    components = {
        "a": making("a", "echo it is broken; exit 3"),
        "b": needing("b", "a"),
        "c": needing("c", "b"),
        "d": making("d", "cp empty.wat d.wasm"),
    }
    reports, error = told(tmp_path, components)
    assert said(reports) == [("a", "failed"), ("b", "left"), ("c", "left"), ("d", "built")]
    assert (error.code, error.message) == (
        "build-failed",
        "component `a`: `echo it is broken; exit 3` ended with code 3",
    )
    assert error.location is not None
    assert "exit 3" in error.location.source
    (failed,) = [one for one in reports if one.status.value == "failed"]
    assert failed.said == b"it is broken\n"


def test_all_failures_are_told_at_once_and_are_built_again(tmp_path: Path) -> None:
    components = {name: making(name, "exit 1") for name in ("a", "b")} | {"c": copying("c")}
    (tmp_path / "c.txt").write_text(module("c"))
    for status in ("built", "current"):
        reports, error = told(tmp_path, components)
        assert isinstance(error, Problems)
        assert [problem.code for problem in error.problems] == ["build-failed"] * 2
        assert said(reports) == [("a", "failed"), ("b", "failed"), ("c", status)]


def test_what_failed_after_it_went_well_is_not_current(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(module("one"))
    keys = 'source = "one.wasm"\nbuild = { command = "cp one.txt one.wasm; test ! -e bad", watch = ["one.txt"] }\n'
    app = written(tmp_path, {"one": keys})
    assert said(build(app)) == [("one", "built")]
    (tmp_path / "one.txt").write_text(module("two"))
    (tmp_path / "bad").touch()
    with pytest.raises(UserError):
        build(app)
    (tmp_path / "one.txt").write_text(module("one"))
    (tmp_path / "bad").unlink()
    assert said(build(app)) == [("one", "built")]


def test_the_first_of_several_commands_that_fails_is_the_last(tmp_path: Path) -> None:
    keys = 'source = "a.wasm"\nbuild.command = ["echo 1", "echo 2; exit 9", "cp empty.wat a.wasm"]\n'
    reports, error = told(tmp_path, {"a": keys, "b": making("b", "cp empty.wat b.wasm")})
    assert "`echo 2; exit 9` ended with code 9" in error.message
    assert [one.said for one in reports if one.status.value == "failed"] == [b"1\n2\n"]
    assert not (tmp_path / "a.wasm").exists()


@pytest.mark.parametrize(
    "command, message, hint",
    [
        ("no-such-compiler --wasm", "ended with code 127", "is its toolchain installed?"),
        ("kill -9 $$", "was ended by signal 9", "what it said stands above"),
    ],
)
def test_how_a_command_ended_is_said(command: str, message: str, hint: str, tmp_path: Path) -> None:
    _, error = told(tmp_path, {"a": making("a", command), "b": making("b", "cp empty.wat b.wasm")})
    assert error.message == f"component `a`: `{command}` {message}"
    assert error.hint == hint


def test_a_build_that_makes_something_else_is_told_so(tmp_path: Path) -> None:
    _, error = told(tmp_path, {"a": making("a", "touch other.wasm")})
    assert (error.code, error.message) == (
        "build-output-missing",
        "component `a`: its build went well, and made no `a.wasm`",
    )
    assert error.location is not None
    assert error.location.source == 'source = "a.wasm"'


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    _, error = told(tmp_path, {"a": 'source = "a.wasm"\nbuild = { command = "true", workdir = "gone" }\n'})
    assert error.code == "build-folder-missing"
    assert str(tmp_path / "gone") in error.message


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    """A file stands in its place: permissions do not hold for everyone."""
    (tmp_path / ".spin").write_text("")
    with pytest.raises(UserError) as raised:
        build(written(tmp_path, {"a": making("a", "cp empty.wat a.wasm")}))
    assert raised.value.code == "build-records-unwritable"
    assert str(tmp_path / ".spin/build") in raised.value.message


def test_an_input_is_no_terminal(tmp_path: Path) -> None:
    """A command that asks something must not wait for ever."""
    build(written(tmp_path, {"a": making("a", "cat - empty.wat > a.wasm")}))
    assert (tmp_path / "a.wasm").read_text() == "(module)\n"


def test_sizes_before_and_after_are_told(tmp_path: Path) -> None:
    app = written(tmp_path, {"a": making("a", "echo ';;' >> more; cat empty.wat more > a.wasm")})
    sizes = [[(one.before, one.after) for one in build(app) if one.status.value == "built"] for _ in range(2)]
    assert sizes == [[(None, 12)], [(12, 15)]]


@pytest.mark.slow
def test_two_builds_of_one_app_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(module("one"))
    app = written(tmp_path, {"one": copying("one").replace("cp ", "sleep 0.2 && cp ")})
    threads = [threading.Thread(target=build, args=(app,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(tmp_path, "one") == 1


@pytest.mark.slow
def test_a_build_that_was_killed_is_no_build(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(module("one"))
    keys = 'source = "one.wasm"\nbuild = { command = "cp one.txt one.wasm; touch begun; sleep 2", watch = ["*.txt"] }\n'
    app = written(tmp_path, {"one": keys})
    command = [sys.executable, "-P", "-m", "atoll", "build", "-f", str(tmp_path)]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert said(build(app)) == [("one", "built")]
    assert said(build(app)) == [("one", "current")]
