"""What others ask: where the toolchains are, which brings a program, and what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from atoll import toolchain
from atoll.errors import UserError
from atoll.toolchain.known import TOOLCHAINS


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATOLL_TOOLCHAINS", str(tmp_path))
    return tmp_path


def test_the_private_commands_come_before_those_of_the_environment(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/one:/two")
    assert toolchain.search_path() == f"{place}/bin:/one:/two"


def test_without_a_word_they_lie_in_the_user_s_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATOLL_TOOLCHAINS")
    monkeypatch.setenv("HOME", "/home-of-nobody")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert toolchain.home() == Path("/data/atoll/toolchains")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert toolchain.home() == Path("/home-of-nobody/.local/share/atoll/toolchains")


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("componentize-py", "python"),
        ("python-component", "python"),
        ("js-component", "javascript"),
        ("npm", "javascript"),
        ("go", "go"),
        ("zig", "c"),
        ("asc", "assemblyscript"),
        ("cargo", "rust"),
        ("gcc", None),
    ],
)
def test_a_program_is_of_one_toolchain(program: str, name: str | None) -> None:
    assert toolchain.providing(program) == name


def test_a_program_is_missing_where_neither_place_nor_machine_has_it(place: Path) -> None:
    assert not toolchain.missing("sh")
    assert toolchain.missing("no-such-compiler")
    (place / "bin").mkdir()
    (place / "bin" / "no-such-compiler").write_text("#!/bin/sh\n")
    (place / "bin" / "no-such-compiler").chmod(0o755)
    assert not toolchain.missing("no-such-compiler")


@pytest.mark.parametrize(
    ("command", "programs"),
    [
        ("zig cc -o a b.c", ["zig"]),
        ("CC=clang zig cc > out.txt && component new 'a b' c", ["zig", "component"]),
        ("cd web; (npm ci | cat) 2>&1 || (exit); zig", ["cd", "npm", "cat", "exit", "zig"]),
        ("echo 'not closed", ["echo"]),
        ("make\nzig cc a#b", ["make", "zig"]),
        ("", []),
    ],
)
def test_the_programs_of_a_command_are_those_that_a_shell_would_begin(command: str, programs: list[str]) -> None:
    assert toolchain.programs(command) == programs


def test_nothing_is_installed_in_an_empty_place(place: Path) -> None:
    assert [name for name in TOOLCHAINS if toolchain.installed(name)] == []


def test_a_name_that_is_unknown_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UserError) as raised:
        toolchain.installed("cobol")
    assert raised.value.code == "toolchain-unknown"
    assert "`python`, `javascript`, `go`, `c`" in (raised.value.hint or "")


def test_the_wit_packages_come_along() -> None:
    assert (toolchain.wit() / "wasi-0.2.12" / "worlds.wit").is_file()
    assert (toolchain.wit() / "wasi-0.3.0" / "worlds.wit").is_file()


def test_asking_loads_nothing() -> None:
    asked = "import sys, atoll.toolchain as t; t.search_path(); t.missing('x'); t.programs('x y'); "
    told = "print(*sorted(name for name in sys.modules if name.startswith(('atoll', 'subprocess', 'hashlib'))))"
    said = subprocess.run([sys.executable, "-P", "-c", asked + told], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["atoll", "atoll.toolchain"]
