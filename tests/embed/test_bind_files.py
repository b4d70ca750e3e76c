"""`atoll bind` writes the same files for the same component, over nothing that it did not make."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from atoll import __version__
from tests.support import built


def atoll(*arguments: object) -> tuple[int, str]:
    """Exit code and all that was said."""
    command = [sys.executable, "-P", "-m", "atoll", *map(str, arguments)]
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )
    return ended.returncode, ended.stdout


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The package of `js-plugin`, without its copy of 12 MB."""
    made = tmp_path / "slugs"
    assert atoll("bind", built("js-plugin"), "-o", made, "--no-copy")[0] == 0
    return made


def test_the_written_files_are_told(tmp_path: Path) -> None:
    code, said = atoll("bind", built("c-plugin"), "-o", tmp_path / "small")
    assert code == 0
    assert said.splitlines() == [
        str(tmp_path / "small" / name) for name in ("__init__.py", "c-plugin.wasm", "py.typed")
    ]
    assert (tmp_path / "small" / "c-plugin.wasm").read_bytes() == built("c-plugin").read_bytes()


def test_the_written_files_are_told_to_programs(tmp_path: Path) -> None:
    code, said = atoll("bind", built("js-plugin"), "-o", tmp_path / "made", "--no-copy", "--json")
    assert code == 0
    assert json.loads(said) == [str(file) for file in sorted((tmp_path / "made").iterdir())]
    assert json.loads(atoll("bind", built("js-plugin"), "-o", tmp_path / "made", "--no-copy", "--json")[1]) == []


def test_a_second_run_changes_nothing(folder: Path) -> None:
    before = state(folder)
    assert atoll("bind", built("js-plugin"), "-o", folder, "--no-copy") == (0, f"{folder}: nothing to do\n")
    assert state(folder) == before


def test_each_file_says_what_made_it_and_for_what(folder: Path) -> None:
    digest = sha256(built("js-plugin").read_bytes()).hexdigest()
    for file in folder.glob("*.py"):
        lines = file.read_text("utf-8").splitlines()
        assert lines[0] == f"# Made by `atoll bind` (atoll {__version__}) from js-plugin.wasm: changes are lost."
        assert lines[1] == f"# sha256:{digest}"


def test_a_package_that_fits_is_fresh(folder: Path) -> None:
    assert atoll("bind", built("js-plugin"), "-o", folder, "--no-copy", "--check") == (0, "")


def test_a_package_that_does_not_fit_is_stale_and_stays_as_it_is(folder: Path) -> None:
    (folder / "slug.py").write_text((folder / "slug.py").read_text("utf-8") + "changed = True\n")
    (folder / "py.typed").unlink()
    before = state(folder)
    code, said = atoll("--json", "bind", built("js-plugin"), "-o", folder, "--no-copy", "--check")
    problems = json.loads(said)["problems"]
    assert code == 1
    assert [(each["code"], each["hint"]) for each in problems] == [("bind-stale", "run `atoll bind` again")] * 2
    assert [Path(each["message"].split("`")[1]).name for each in problems] == ["py.typed", "slug.py"]
    assert state(folder) == before


def test_a_package_of_another_component_is_stale(folder: Path) -> None:
    code, said = atoll("bind", built("c-plugin"), "-o", folder, "--no-copy", "--check")
    assert code == 1
    assert said.count("does not fit the component any more") == 2


def test_where_there_is_no_package_it_is_stale(tmp_path: Path) -> None:
    code, _ = atoll("bind", built("c-plugin"), "-o", tmp_path / "small", "--check")
    assert code == 1
    assert not (tmp_path / "small").exists()


def test_modules_of_an_earlier_component_are_removed_and_others_stay(folder: Path) -> None:
    (folder / "mine.py").write_text("MINE = 1\n")
    code, said = atoll("bind", built("c-plugin"), "-o", folder, "--no-copy")
    assert code == 0
    assert str(folder / "slug.py") in said
    assert {file.name for file in folder.iterdir()} == {"__init__.py", "py.typed", "mine.py"}


@pytest.mark.parametrize("names", [["__init__.py"], ["slug.py", "py.typed"], ["js-plugin.wasm"]])
def test_files_of_somebody_else_are_not_written_over(tmp_path: Path, names: list[str]) -> None:
    folder = tmp_path / "slugs"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("# mine\n")
    before = state(folder)
    code, said = atoll("bind", built("js-plugin"), "-o", folder)
    assert code == 1
    for name in names:
        assert f"`{folder / name}` was not made by `atoll bind`, so it is not written over" in said
    assert said.count("hint: name another folder, or move the file away") == len(names)
    assert state(folder) == before


def test_without_a_copy_the_file_is_found_from_the_package(folder: Path) -> None:
    assert not list(folder.glob("*.wasm"))
    place = os.path.relpath(built("js-plugin"), folder)
    assert f'Path(__file__).parent / "{place}"' in (folder / "__init__.py").read_text("utf-8")
    script = "import slugs; print(slugs.load().slug.slugify('A b'))"
    path = {**os.environ, "PYTHONPATH": str(folder.parent)}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, env=path, cwd="/", capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout == "a-b\n", ended.stderr


@pytest.mark.parametrize("name", ["my-plugin", "1st", "class"])
def test_a_folder_that_cannot_be_imported_is_refused(tmp_path: Path, name: str) -> None:
    code, said = atoll("bind", built("c-plugin"), "-o", tmp_path / name)
    assert code == 1
    assert f"`{name}` cannot be the name of a Python package" in said
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    "source, said",
    [
        (b"no wasm", "error: "),
        (b'(module (func (export "_start")))', "is no library"),
        (b"(module)(module)", "error: "),
    ],
)
def test_what_has_nothing_to_call_is_refused(tmp_path: Path, source: bytes, said: str) -> None:
    (tmp_path / "x.wat").write_bytes(source)
    code, told = atoll("bind", tmp_path / "x.wat", "-o", tmp_path / "x")
    assert code == 1
    assert said in told
    assert not (tmp_path / "x").exists()
    assert atoll("bind", tmp_path / "none.wasm", "-o", tmp_path / "x")[0] == 1


def test_a_component_in_text_is_bound_as_it_is(tmp_path: Path) -> None:
    text = (
        '(component (core module $m (func (export "f") (result i32) i32.const 7)) (core instance $i (instantiate $m))'
    )
    (tmp_path / "seven.wat").write_text(text + ' (func (export "f") (result u32) (canon lift (core func $i "f"))))')
    assert atoll("bind", tmp_path / "seven.wat", "-o", tmp_path / "seven")[0] == 0
    path = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", "import seven; print(seven.load().f())"]
    ended = subprocess.run(command, env=path, cwd="/", capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout == "7\n", ended.stderr
