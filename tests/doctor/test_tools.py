"""What builds need: found where builds look for it, or told with what brings it."""

from pathlib import Path

import pytest

from atoll import toolchain
from atoll.doctor import Run, Severity, examine, plan
from tests.doctor.patients import WHOLE, found, patient


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a few programs and no toolchain; the folder of its programs."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("ATOLL_TOOLCHAINS", str(tmp_path / "toolchains"))
    return programs


def program(folder: Path, name: str, *, says: str = "1.0") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho {says}\ntouch {folder}/{name}.was-run-with-$1\n")
    file.chmod(0o755)
    return file


def built(command: str, more: str = "") -> str:
    return f"{WHOLE}\n[component.c.build]\ncommand = {command!r}\n{more}"


def test_a_missing_program_is_told_with_the_toolchain_that_brings_it(tmp_path: Path) -> None:
    text = built("zig build-exe main.c && no-such-tool")
    zig, other = found(examine(patient(tmp_path, text)))["tool-missing"]
    assert zig.problem.hint == "`atoll toolchain install c` brings it"
    assert zig.treatment == Run(("atoll", "toolchain", "install", "c"), tmp_path)
    assert zig.problem.location is not None
    assert zig.problem.location.source.startswith("command = ")
    assert (other.problem.hint, other.treatment) == ("install it", None)


def test_it_is_an_error_only_where_the_component_is_not_there(tmp_path: Path) -> None:
    text = built("no-such-tool")
    assert found(examine(patient(tmp_path, text)))["tool-missing"][0].severity is Severity.ERROR
    (tmp_path / "c.wat").write_text("(module)")
    assert found(examine(patient(tmp_path, text)))["tool-missing"][0].severity is Severity.WARNING


def test_a_component_whose_tool_nothing_brings_is_not_built(tmp_path: Path) -> None:
    assert plan(patient(tmp_path, built("no-such-tool"))).commands == ()
    commands = [command.arguments for command in plan(patient(tmp_path, built("zig build-exe main.c"))).commands]
    assert commands == [("atoll", "toolchain", "install", "c"), ("atoll", "build", "-f", "spin.toml", "-c", "c")]


def test_what_a_shell_knows_by_itself_is_no_program(tmp_path: Path) -> None:
    text = built("cd sub && export X=1; if true; then echo hi; fi && A=b $HOME/x && [ -f y ]")
    assert "tool-missing" not in found(examine(patient(tmp_path, text)))


def test_programs_are_looked_for_where_builds_look_for_them(tmp_path: Path, alone: Path) -> None:
    program(toolchain.bin_folder(), "zig", says="0.15.1")
    program(alone, "make")
    program(tmp_path / "sub", "own.sh")
    report = examine(patient(tmp_path, built("zig build && make && ./own.sh", 'workdir = "sub"\n')))
    assert "tool-missing" not in found(report)
    tools = {tool.program: tool for tool in report.tools}
    assert tools["zig"].version == "0.15.1"
    assert tools["zig"].path == str(toolchain.bin_folder() / "zig")
    assert tools["zig"].toolchain == "c"
    assert tools["./own.sh"].path == str(tmp_path / "sub" / "own.sh")


def test_only_known_programs_are_run_for_their_version(tmp_path: Path, alone: Path) -> None:
    program(alone, "make", says="GNU Make 4.4")
    program(alone, "strange")
    program(tmp_path, "own.sh")
    program(tmp_path, "cargo")
    report = examine(patient(tmp_path, built("make; strange; ./own.sh; ./cargo")))
    assert {tool.program: tool.version for tool in report.tools} == {
        "make": "GNU Make 4.4",
        "strange": None,
        "./own.sh": None,
        "./cargo": None,
    }
    assert [file.name for file in tmp_path.rglob("*.was-run-with-*")] == ["make.was-run-with---version"]


def test_a_target_that_the_compiler_does_not_have_is_told(tmp_path: Path, alone: Path) -> None:
    root = tmp_path / "rust"
    (root / "lib/rustlib/wasm32-wasip1/lib").mkdir(parents=True)
    program(alone, "cargo")
    program(alone, "rustc", says=str(root))
    text = built("cargo build --target wasm32-wasip2 --release")
    (diagnosis,) = found(examine(patient(tmp_path, text)))["tool-missing"]
    assert "`wasm32-wasip2`, which Rust's compiler does not have" in diagnosis.problem.message
    assert diagnosis.treatment == Run(("atoll", "toolchain", "install", "rust"), tmp_path)
    assert "tool-missing" not in found(examine(patient(tmp_path, text.replace("wasip2", "wasip1"))))
