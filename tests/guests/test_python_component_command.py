"""Commands and worlds of one's own, built by `python-component`."""

import subprocess
import sys
from pathlib import Path

import pytest

import atoll
from tests.guests.python_component import Projects

pytestmark = pytest.mark.slow


def run(component: Path, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    command = [sys.executable, "-P", "-m", "atoll", "run", str(component), "--", *arguments]
    ended = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def script(projects: Projects) -> Path:
    return projects.component("command", "main", "--command")


def test_a_script_has_its_arguments_and_its_name(script: Path) -> None:
    code, out, _ = run(script, "a", "b c")
    assert (code, out.split(maxsplit=1)[1]) == (0, "['a', 'b c'] __main__\n")


def test_a_script_reads_standard_input(script: Path) -> None:
    assert run(script, "stdin", stdin="some ä\n")[:2] == (0, "SOME Ä\n")


@pytest.mark.parametrize("how", ["exit", "return"])
def test_a_script_ends_with_its_own_exit_code(script: Path, how: str) -> None:
    assert run(script, how, "7") == (7, "", "")
    assert run(script, how, "0") == (0, "", "")


def test_what_sys_exit_is_told_is_said(script: Path) -> None:
    assert run(script, "say", "not today") == (1, "", "not today\n")


def test_an_exception_ends_a_script_with_its_traceback(script: Path) -> None:
    code, out, err = run(script, "raise")
    assert (code, out) == (1, "")
    assert 'File "main.py", line 19, in main\n    raise ValueError("as asked")\nValueError: as asked' in err


def test_asyncio_runs_in_a_script(script: Path) -> None:
    assert run(script, "async") == (0, "worked\n", "")


def test_a_function_named_main_is_a_command_too(projects: Projects) -> None:
    assert run(projects.component("command", "tool", "--command"), "a") == (4, "from main a\n", "")


def test_a_world_of_ones_own_is_called_and_calls_its_host(projects: Projects) -> None:
    component = projects.component("plugin", "words", "--wit", "wit", "--world", "plugin")
    plugin = atoll.load(component, imports={"ask": lambda word: f"{word}!"})
    assert plugin.count("one two three") == 3
    assert plugin.shout("ho") == "HO!"
    with pytest.raises(atoll.GuestError, match="there is nothing to shout"):
        plugin.shout("")
