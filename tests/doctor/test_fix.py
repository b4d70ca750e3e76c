"""`atoll doctor` as a person runs it: what it shows, what it asks, and what it does."""

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll, atoll
from tests.doctor.patients import WHOLE
from tests.support import built

__all__ = ["atoll"]

SICK = f"# kept\n{WHOLE}".replace("[component.c]", "[component.c] # here") + 'key_value_store = ["default"]\n'
WELL = SICK.replace("key_value_store ", "key_value_stores ")
HERE = ("--listen", "127.0.0.1:0")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder whose app has one fault that can be mended; its manifest."""
    (tmp_path / "c.wat").write_bytes(built("c-http").read_bytes())
    file = tmp_path / "spin.toml"
    file.write_text(SICK)
    return file


def test_what_is_wrong_is_shown_with_its_place_and_what_mends_it(atoll: Atoll, app: Path) -> None:
    said = atoll("doctor", *HERE)
    assert (said.code, said.err) == (1, "")
    assert (
        "error: unknown key `key_value_store` in `component.c`\n"
        "  --> spin.toml:14:1\n"
        "   |\n"
        '14 | key_value_store = ["default"]\n'
        "   | ^^^^^^^^^^^^^^^\n"
        "hint: did you mean `key_value_stores`?\n"
        "mend: `atoll doctor --fix` changes the manifest\n"
    ) in said.out
    assert said.out.endswith("1 error; `atoll doctor --fix` mends 1\n")
    assert app.read_text() == SICK


def test_where_nothing_is_wrong_the_code_is_zero(atoll: Atoll, app: Path) -> None:
    app.write_text(WELL)
    said = atoll("doctor", *HERE)
    assert said.code == 0
    assert said.out.endswith("\nnothing is wrong\n")


def test_without_a_manifest_only_the_machine_is_looked_at(atoll: Atoll) -> None:
    said = atoll("doctor", *HERE)
    assert "no manifest here: only the machine is looked at" in said.out
    assert atoll("doctor", "-f", "nowhere.toml").code == 1
    assert "there is no file nowhere.toml" in atoll("doctor", "-f", "nowhere.toml").err


def test_a_wasm_file_is_for_inspect(atoll: Atoll, app: Path) -> None:
    said = atoll("doctor", "-f", "c.wat")
    assert said.code == 1
    assert "hint: `atoll inspect c.wat` says what it is" in said.err


def test_without_a_terminal_a_mending_is_only_shown(atoll: Atoll, app: Path) -> None:
    said = atoll("doctor", "--fix", *HERE, stdin=b"y\n")
    assert said.code == 1
    assert '-key_value_store = ["default"]\n+key_value_stores = ["default"]\n' in said.out
    assert app.read_text() == SICK


def test_with_yes_it_is_done_and_nothing_is_left(atoll: Atoll, app: Path) -> None:
    app.chmod(0o640)
    said = atoll("doctor", "--fix", "--yes", *HERE)
    assert (said.code, said.out.splitlines()[-1]) == (0, "nothing is wrong")
    assert app.read_text() == WELL
    assert stat.S_IMODE(app.stat().st_mode) == 0o640
    assert sorted(file.name for file in app.parent.iterdir()) == ["c.wat", "spin.toml"]
    assert "There is nothing that doctor itself could mend." in atoll("doctor", "--fix", "--yes", *HERE).out


def test_a_link_to_the_manifest_stays_one(atoll: Atoll, app: Path) -> None:
    real = app.rename(app.with_name("real.toml"))
    app.symlink_to(real)
    assert atoll("doctor", "--fix", "--yes", *HERE).code == 0
    assert app.is_symlink()
    assert real.read_text() == WELL


def test_yes_without_fix_is_a_mistake(atoll: Atoll, app: Path) -> None:
    said = atoll("doctor", "--yes")
    assert said.code == 1
    assert "`--yes` goes with `--fix`" in said.err


def test_a_component_that_is_not_there_is_built(atoll: Atoll, app: Path) -> None:
    made = app.with_name("c.wat").rename(app.with_name("made.wat"))
    app.write_text(WELL + f'[component.c.build]\ncommand = "cp {made.name} c.wat; echo made it"\n')
    said = atoll("doctor", "--fix", "--yes", *HERE)
    assert "\n$ atoll build -f spin.toml -c c\n" in said.out
    assert "made it" in said.err
    assert (said.code, said.out.splitlines()[-1]) == (0, "nothing is wrong")


def test_a_command_that_fails_is_told_with_what_it_said(atoll: Atoll, app: Path) -> None:
    app.with_name("c.wat").unlink()
    app.write_text(SICK + '[component.c.build]\ncommand = "echo it cannot be; exit 3"\n')
    said = atoll("doctor", "--fix", "--yes", *HERE)
    assert said.code == 1
    assert "it cannot be" in said.err
    assert "error: `atoll build -f spin.toml -c c` ended with code 1" in said.err
    assert "key_value_stores" in app.read_text()


def test_for_programs_there_is_one_object(atoll: Atoll, app: Path) -> None:
    found = json.loads(atoll("doctor", "--json", *HERE).out)
    assert found["manifest"] == "./spin.toml"
    assert found["is_well"] is False
    (diagnosis,) = found["diagnoses"]
    assert (diagnosis["severity"], diagnosis["code"]) == ("error", "manifest-key-unknown")
    assert diagnosis["treatment"] == {"kind": "rewrite"}
    assert diagnosis["location"]["line"] == 14
    shown = json.loads(atoll("doctor", "--json", "--fix", *HERE).out)
    assert shown["treatment"]["is_done"] is False
    assert app.read_text() == SICK
    done = json.loads(atoll("doctor", "--json", "--fix", "--yes", *HERE).out)
    assert done["treatment"]["is_done"] is True
    assert done["treatment"]["commands"] == []
    assert done["treatment"]["diff"] == shown["treatment"]["diff"]
    assert (done["is_well"], done["diagnoses"]) == (True, [])


@pytest.mark.parametrize(("answer", "text"), [(b"y\n", WELL), (b"n\n", SICK)])
def test_on_a_terminal_it_asks_first_and_shows_the_diff_in_colour(app: Path, answer: bytes, text: str) -> None:
    sent, code = _on_terminal(app.parent, answer)
    assert app.read_text() == text
    assert code == (0 if text == WELL else 1)
    plain = sent.index("\x1b[31m-key_value_store = ")
    assert plain < sent.index("\x1b[32m+key_value_stores = ") < sent.index("Do this? [y/N]: ")
    assert "\x1b[31m\x1b[1merror:\x1b[0m" in sent


def _on_terminal(folder: Path, answer: bytes) -> tuple[str, int]:
    """What a terminal is sent by `atoll doctor --fix`, whose question is answered so, and the exit code."""
    terminal, program = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "atoll", "doctor", "--fix", *HERE],
        cwd=folder,
        stdin=program,
        stdout=program,
        stderr=program,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(program)
    sent = b""
    is_answered = False
    while True:
        try:
            more = os.read(terminal, 65_536)
        except OSError:  # as Linux says that nobody is left to write
            break
        sent += more
        if b"Do this?" in sent and not is_answered:
            is_answered = True
            os.write(terminal, answer)
    os.close(terminal)
    return sent.decode(), running.wait()
