"""`atoll toolchain`, as far as nothing is fetched for it. Rust is the machine's own, so it serves as the example."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.build.apps import written
from tests.support import needs
from tests.toolchain.conftest import Toolchains


@pytest.fixture
def rust(toolchains: Toolchains) -> Toolchains:
    """A place with Rust's command in it."""
    needs("cargo-wasm")
    assert toolchains.install("rust")[0].startswith("commands of atoll ")
    return toolchains


def test_what_is_there_already_takes_no_word(rust: Toolchains) -> None:
    assert rust.commands == {"cargo-wasm"}
    before = rust.made
    assert rust.atoll("toolchain", "install", "rs") == ""
    assert rust.made == before
    assert rust.listed("rust")["state"] == "installed"


def test_the_path_is_one_line_for_a_shell(toolchains: Toolchains) -> None:
    assert toolchains.atoll("toolchain", "path") == f"{toolchains.home}/bin\n"


def test_a_name_that_is_unknown_is_refused(toolchains: Toolchains) -> None:
    said = toolchains.refused("toolchain", "install", "cobol")
    assert said.splitlines()[0] == "error: there is no toolchain `cobol`"
    assert not toolchains.home.exists()
    assert "there is no toolchain `cobol`" in toolchains.refused("toolchain", "remove", "cobol")


def test_names_and_all_of_them_exclude_each_other(toolchains: Toolchains) -> None:
    assert "leaves no NAME" in toolchains.refused("toolchain", "install", "--all", "c")


def test_the_list_of_an_empty_place_says_what_would_be_installed(toolchains: Toolchains) -> None:
    python = toolchains.listed("python")
    assert (python["state"], python["aliases"], python["commands"]) == (
        "missing",
        ["py"],
        ["componentize-py", "python-component"],
    )
    assert [(part["name"], part["version"], part["state"], part["size"]) for part in python["parts"]][1] == (
        "componentize-py",
        "0.25.1",
        "missing",
        0,
    )
    assert "componentize-py 0.25.1, to be installed" in toolchains.atoll("toolchain", "list")
    assert not toolchains.home.exists()


def test_a_machine_s_own_programs_count_where_they_are_new_enough(
    toolchains: Toolchains, machine: Callable[..., str]
) -> None:
    path = machine(node="echo v20.1.0", npm="true", go="echo go version go1.23.9 linux/amd64")
    assert toolchains.states("go", PATH=path) == {
        "scripts": "missing",
        "nodejs": "machine",
        "node": "missing",
        "go": "missing",
    }
    (Path(path) / "node").write_text("#!/bin/sh\necho v18.20.0\n")
    (Path(path) / "go").write_text("#!/bin/sh\necho go version go1.24.0 linux/amd64\n")
    states = toolchains.states("go", PATH=path)
    assert (states["nodejs"], states["go"]) == ("missing", "machine")


def test_what_is_removed_is_gone_and_installed_again(rust: Toolchains) -> None:
    assert rust.atoll("toolchain", "remove", "rust") == "removed rust\n"
    assert (rust.commands, rust.made) == (set(), [])
    assert rust.atoll("toolchain", "remove", "rust") == "nothing of that is installed\n"
    assert rust.install("rust") != []


def test_a_command_that_was_tampered_with_is_mended(rust: Toolchains) -> None:
    command = rust.home / "bin" / "cargo-wasm"
    whole = command.read_text()
    command.write_text("#!/bin/sh\nrm everything\n")
    assert rust.listed("rust")["state"] == "outdated"
    assert rust.install("rust") == []
    assert command.read_text() == whole


def test_a_place_that_must_not_be_written_to_is_said(toolchains: Toolchains) -> None:
    toolchains.home.write_text("a file")
    said = toolchains.refused("--json", "toolchain", "install", "rust")
    assert '"toolchain-place-unusable"' in said


def test_a_folder_of_others_is_left_alone(toolchains: Toolchains) -> None:
    theirs = toolchains.home / "scripts" / "precious"
    theirs.mkdir(parents=True)
    assert "is not of these toolchains" in toolchains.refused("toolchain", "install", "rust")
    assert theirs.is_dir()


def test_an_app_s_build_commands_say_what_it_needs(rust: Toolchains) -> None:
    written(
        rust.folder, {"one": 'source = "one.wasm"\nbuild.command = "cd x && A=1 cargo-wasm wasm32-wasip2 library o"'}
    )
    assert rust.atoll("toolchain", "install") == ""
    rust.atoll("toolchain", "remove", "rust")
    assert len(rust.install()) == 1
    written(rust.folder, {"one": 'source = "one.wasm"\nbuild.command = "make"'})
    said = rust.refused("toolchain", "install")
    assert said.startswith("error: no build command of app begins with a program that a toolchain brings\n")


def test_builds_find_the_private_commands(toolchains: Toolchains) -> None:
    tool = toolchains.home / "bin" / "my-compiler"
    tool.parent.mkdir(parents=True)
    tool.write_text('#!/bin/sh\ncp empty.wat "$1"\n')
    tool.chmod(0o755)
    written(
        toolchains.folder,
        {"one": 'source = "one.wasm"\nbuild = { command = "my-compiler one.wasm", watch = ["*.wat"] }'},
    )
    assert "   built one" in toolchains.atoll("build")
    assert " current one" in toolchains.atoll("build")
    tool.write_text('#!/bin/sh\n# newer\ncp empty.wat "$1"\n')
    assert "   built one" in toolchains.atoll("build")


def test_a_build_whose_program_is_missing_says_what_brings_it(toolchains: Toolchains) -> None:
    written(toolchains.folder, {"one": 'source = "one.wasm"\nbuild.command = "true && zig cc -o one.wasm one.c"'})
    said = toolchains.refused("build", PATH="/usr/bin:/bin")
    assert "ended with code 127" in said
    assert "hint: `zig` comes with `atoll toolchain install c`" in said


def test_cargo_wasm_says_where_no_rust_has_the_target(rust: Toolchains) -> None:
    command = [str(rust.home / "bin" / "cargo-wasm"), "wasm64-none", "program", "out.wasm"]
    said = subprocess.run(command, cwd=rust.folder, env=os.environ, capture_output=True, text=True, check=False)
    assert (said.returncode, "neither `command` nor `library`" in said.stderr) == (2, True)
