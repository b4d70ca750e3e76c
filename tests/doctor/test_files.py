"""Wasm files, mounted files and globs: what is not there, not what it should be, or older than its sources."""

import os
import shutil
from pathlib import Path

import pytest

from atoll.doctor import Build, Rewrite, Run, Severity, examine, plan
from tests.doctor.patients import WHOLE, found, mended, one, patient
from tests.support import built

BUILT = '\n[component.c.build]\ncommand = "make"\nwatch = ["src/*.c"]\n'


def test_a_missing_file_that_is_built_is_built(tmp_path: Path) -> None:
    diagnosis = one(tmp_path, WHOLE + BUILT, "source-missing")
    assert diagnosis.severity is Severity.ERROR
    assert diagnosis.treatment == Build("c")
    assert diagnosis.problem.hint == "build it"
    assert diagnosis.problem.location is not None
    assert diagnosis.problem.location.source == 'source = "c.wat"'


@pytest.mark.parametrize("place", ["target/wasm32-wasip2/release/c.wat", "C.wat"])
def test_a_missing_file_is_the_only_one_with_its_name(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("(module)")
    (tmp_path / "target" / "deps").mkdir(parents=True, exist_ok=True)
    (tmp_path / "target" / "deps" / "c.wat").write_text("(module)")  # a compiler's own
    assert isinstance(one(tmp_path, WHOLE, "source-missing").treatment, Rewrite)
    assert mended(tmp_path, WHOLE) == WHOLE.replace('"c.wat"', f'"{place}"')


def test_names_with_dashes_and_underscores_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "my_app.wasm").touch()
    text = WHOLE.replace("c.wat", "my-app.wasm")
    assert 'source = "out/my_app.wasm"' in mended(tmp_path, text)


def test_of_several_files_the_author_chooses(tmp_path: Path) -> None:
    for folder in ("debug", "release"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "c.wat").touch()
    diagnosis = one(tmp_path, WHOLE, "source-missing")
    assert diagnosis.treatment is None
    assert diagnosis.problem.hint == "there is `debug/c.wat` and `release/c.wat`"


def test_a_missing_dependency_is_told_once(tmp_path: Path) -> None:
    text = WHOLE + 'dependencies."x:y/z" = { path = "other.wasm" }\n'
    (tmp_path / "c.wat").write_text("(component)")
    assert "a dependency of `c`" in one(tmp_path, text, "source-missing").problem.message
    both = WHOLE + 'dependencies."x:y/z" = { component = "d" }\n[component.d]\nsource = "d.wasm"\n'
    assert "component `d`" in one(tmp_path, both, "source-missing").problem.message


def test_a_file_that_is_no_wasm_is_built_again(tmp_path: Path) -> None:
    (tmp_path / "c.wat").write_text("(modul)")
    assert one(tmp_path, WHOLE, "guest-invalid").treatment is None
    assert one(tmp_path, WHOLE + BUILT, "guest-invalid").treatment == Build("c")


@pytest.mark.parametrize(
    ("guest", "code"),
    [
        ("c-cli-p1", "guest-no-handler"),
        ("rust-cli-p2", "guest-no-handler"),
        ("core-module", "guest-not-component"),
        ("python-plugin", "guest-no-handler"),
    ],
)
def test_a_guest_that_no_trigger_could_call_is_told(tmp_path: Path, guest: str, code: str) -> None:
    shutil.copy(built(guest), tmp_path / "c.wat")
    assert one(tmp_path, WHOLE, code).severity is Severity.ERROR


@pytest.mark.parametrize("guest", ["c-http", "rust-http-p3", "rust-spin3-core"])
def test_a_guest_that_answers_is_well(tmp_path: Path, guest: str) -> None:
    shutil.copy(built(guest), tmp_path / "c.wat")
    assert not [code for code in found(examine(patient(tmp_path, WHOLE))) if code.startswith("guest-")]


def test_a_wagi_trigger_calls_commands_and_nothing_else(tmp_path: Path) -> None:
    wagi = WHOLE.replace('component = "c"\n', 'component = "c"\nexecutor = { type = "wagi" }\n')
    shutil.copy(built("go-wagi-p1"), tmp_path / "c.wat")
    assert not [code for code in found(examine(patient(tmp_path, wagi))) if code.startswith("guest-")]
    shutil.copy(built("c-http"), tmp_path / "c.wat")
    one(tmp_path, wagi, "guest-not-command")


def test_a_source_that_is_newer_than_its_component_is_told(tmp_path: Path) -> None:
    shutil.copy(built("c-http"), tmp_path / "c.wat")
    source = tmp_path / "src" / "main.c"
    source.parent.mkdir()
    source.write_text("int x;")
    os.utime(source, (1, 1))
    assert "build-stale" not in found(examine(patient(tmp_path, WHOLE + BUILT)))
    os.utime(source, (2**33, 2**33))
    diagnosis = one(tmp_path, WHOLE + BUILT, "build-stale")
    assert "`src/main.c` changed after it was built" in diagnosis.problem.message
    assert diagnosis.treatment == Build("c")


def test_what_was_touched_and_not_changed_is_not_stale(tmp_path: Path) -> None:
    from atoll.app import App
    from atoll.build import run, steps

    text = WHOLE + BUILT.replace('"make"', '"cp src/main.c c.wat"')
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.c").write_text("(module)")
    patient(tmp_path, text)
    app = App.load(tmp_path)
    run(app, steps(app), lambda _: None)
    os.utime(tmp_path / "src" / "main.c", (2**33, 2**33))
    assert "build-stale" not in found(examine(patient(tmp_path, text)))
    (tmp_path / "src" / "main.c").write_text("(module )")
    os.utime(tmp_path / "src" / "main.c", (2**33, 2**33))
    one(tmp_path, text, "build-stale")


def test_mounted_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "logo.svg").touch()
    text = WHOLE + 'files = ["logo.svg", "static/*", "assets/*", { source = "gone", destination = "/" }, "../x"]\n'
    diagnoses = found(examine(patient(tmp_path, text)))
    missing, gone = diagnoses["files-missing"]
    assert missing.problem.hint == "there is `assets/logo.svg`"
    assert '"gone"' in gone.problem.message
    (empty,) = diagnoses["glob-empty"]
    assert "`static/*` gives the guest no file" in empty.problem.message
    assert empty.severity is Severity.WARNING
    assert empty.problem.location is not None
    assert empty.problem.location.column == len('files = ["logo.svg", ') + 1
    assert len(diagnoses["files-outside"]) == 1


def test_files_that_are_all_left_out_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    text = WHOLE + 'files = ["*.txt"]\nexclude_files = ["*"]\n'
    assert "glob-empty" in found(examine(patient(tmp_path, text)))
    assert "glob-empty" not in found(examine(patient(tmp_path, text.replace('["*"]', "[]"))))


def test_looking_copies_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    before = sorted(tmp_path.rglob("*"))
    examine(patient(tmp_path, WHOLE + 'files = ["*.txt"]\n'))
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "spin.toml"])


def test_a_glob_of_a_build_that_matches_nothing_is_told(tmp_path: Path) -> None:
    text = WHOLE + '[component.c.build]\ncommand = "make"\nworkdir = "sub"\nwatch = ["src/*.c", "Makefile"]\n'
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "Makefile").touch()
    diagnosis = one(tmp_path, text, "glob-empty")
    assert f"`src/*.c` matches nothing in `{tmp_path.name}/sub`" in diagnosis.problem.message
    assert diagnosis.severity is Severity.WARNING
    (tmp_path / "sub" / "src").mkdir()
    (tmp_path / "sub" / "src" / "a.c").touch()
    (tmp_path / "sub" / "Makefile").unlink()
    assert one(tmp_path, text, "glob-empty").severity is Severity.NOTE


def test_a_file_of_variables_that_others_read_is_closed(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SPIN_VARIABLE_TOKEN=secret\n")
    file.chmod(0o644)
    diagnosis = one(tmp_path, WHOLE, "env-exposed")
    assert diagnosis.treatment == Run(("chmod", "go=", ".env"), tmp_path)
    assert diagnosis.treatment in plan(patient(tmp_path, WHOLE)).commands
    file.chmod(0o600)
    assert "env-exposed" not in found(examine(patient(tmp_path, WHOLE)))
