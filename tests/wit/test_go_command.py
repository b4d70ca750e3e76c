"""`atoll wit go`: the files that it writes, and those that it leaves."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll
from tests.support import ROOT


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], Path]:
    """An empty Go module with a WIT of this text."""

    def make(text: str) -> Path:
        (tmp_path / "go.mod").write_text("module example.com/guest\n\ngo 1.24\n")
        (tmp_path / "wit").mkdir(exist_ok=True)
        (tmp_path / "wit" / "world.wit").write_text(text)
        return tmp_path

    return make


WORLD = "package a:b;\ninterface x { f: func() -> string; }\nworld w { export x; }\n"


def test_a_second_run_writes_nothing_and_says_what_is_missing(atoll: Atoll, module: Callable[[str], Path]) -> None:
    folder = module(WORLD)
    first = json.loads(atoll("wit", "go", "--json").out)
    assert first["missing"] == ["export_a_b_x"]
    assert {"wit_exports.go", "wit_runtime/memory.go", "wit_types/types.go"} <= set(first["changed"])
    assert '"example.com/guest/export_a_b_x"' in (folder / "wit_exports.go").read_text()
    (folder / "export_a_b_x").mkdir()
    (folder / "export_a_b_x" / "x.go").write_text("package export_a_b_x\n")
    assert json.loads(atoll("wit", "go", "--json").out) == {"changed": [], "missing": []}


def test_a_folder_below_the_module_has_its_path(atoll: Atoll, module: Callable[[str], Path]) -> None:
    folder = module(WORLD)
    said = atoll("wit", "go", "-w", "w", "-o", "cmd/guest")
    assert (said.code, said.err) == (0, "to be written: the package cmd/guest/export_a_b_x\n")
    assert '"example.com/guest/cmd/guest/wit_runtime"' in (folder / "cmd/guest/wit_exports.go").read_text()


def test_what_an_earlier_world_had_is_removed(atoll: Atoll, module: Callable[[str], Path]) -> None:
    folder = module(WORLD.replace("export x;", "import x;"))
    atoll("wit", "go")
    assert (folder / "a_b_x" / "wit_bindings.go").exists()
    module(WORLD)
    assert "a_b_x/wit_bindings.go" in atoll("wit", "go").out
    assert not (folder / "a_b_x" / "wit_bindings.go").exists()


def test_a_file_of_somebody_else_is_left(atoll: Atoll, module: Callable[[str], Path]) -> None:
    folder = module(WORLD)
    (folder / "wit_exports.go").write_text("package main\n")
    said = atoll("wit", "go")
    assert (said.code, "was not made by `atoll wit go`" in said.err) == (1, True)
    assert [file.name for file in folder.iterdir() if file.suffix == ".go"] == ["wit_exports.go"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("package a:b;\nworld w { export f: async func(); }", "function `f` is async"),
        ("package a:b;\nworld w { import f: func() -> stream<u8>; }", "has a stream"),
        ("package a:b;\nworld w {", "expected"),
        ("package a:b;\nworld one {}\nworld two {}", "hint: `a:b` has `one`, `two`"),
        ("package a:b;\nworld w { import c:d/e@1.0.0; }", "hint: `atoll wit add c:d@1.0.0`"),
    ],
)
def test_a_world_that_cannot_be_bound_is_refused(
    atoll: Atoll, module: Callable[[str], Path], text: str, words: str
) -> None:
    module(text)
    said = atoll("wit", "go")
    assert (said.code, words in said.err) == (1, True), said.err


def test_a_folder_in_no_module_is_refused(atoll: Atoll, module: Callable[[str], Path]) -> None:
    (module(WORLD) / "go.mod").unlink()
    said = atoll("wit", "go")
    assert (said.code, "hint: `go mod init" in said.err) == (1, True)


def test_the_toolchain_s_command_says_what_it_is_made_of(tmp_path: Path) -> None:
    script = ROOT / "python/atoll/toolchain/scripts/go-bindings"
    environment = {"PATH": "/usr/bin:/bin"}
    said = subprocess.run(
        ["sh", script, "wit"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (said.returncode, "no `atoll` on the PATH" in said.stderr) == (127, True)
