"""The packages that a project requires: installed once, in pure Python, and found by what they import later."""

import sys
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.guests.python_component import PROGRAM


@pytest.fixture
def requirements(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The module that installs, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    yield import_module("python_component.requirements")
    for name in [name for name in sys.modules if name.partition(".")[0] == "python_component"]:
        del sys.modules[name]


def wheel(folder: Path, name: str, files: dict[str, str], tag: str = "py3-none-any") -> Path:
    """A wheel of these files; a project's requirements.txt may name it."""
    info = f"{name}-1.0.dist-info"
    told = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, *told, f"{info}/RECORD"])
    made = folder / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in {**files, **told, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return made


def project(folder: Path, *wheels: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text("".join(f"{each}\n" for each in wheels))
    return folder


def test_a_project_that_requires_nothing_has_no_packages(requirements: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# none yet\n\n")
    assert requirements.installed([tmp_path], None, upgrade=False).folder is None


def test_packages_are_installed_once_for_a_list_of_them(requirements: ModuleType, tmp_path: Path) -> None:
    first = wheel(tmp_path, "first", {"first.py": "import second\n"})
    second = wheel(tmp_path, "second", {"second.py": "import atoll_guest.key_value\n"})
    one = requirements.installed([project(tmp_path / "one", first, second)], None, upgrade=False)
    assert sorted(path.name for path in one.folder.glob("*.py")) == ["first.py", "second.py"]
    dates = one.folder.stat().st_ctime_ns
    other = requirements.installed([project(tmp_path / "other", first, second)], None, upgrade=False)
    assert (other, other.folder.stat().st_ctime_ns) == (one, dates)


def test_a_wheel_that_was_made_anew_is_installed_anew(requirements: ModuleType, tmp_path: Path) -> None:
    folder = project(tmp_path / "one", wheel(tmp_path, "demo", {"demo.py": "A = 1\n"}))
    before = requirements.installed([folder], None, upgrade=False)
    wheel(tmp_path, "demo", {"demo.py": "A = 2\n"})
    after = requirements.installed([folder], None, upgrade=False)
    assert [(each.folder / "demo.py").read_text() for each in (before, after)] == ["A = 1\n", "A = 2\n"]


def test_what_a_package_reaches_is_known_by_its_imports(requirements: ModuleType, tmp_path: Path) -> None:
    first = wheel(tmp_path, "first", {"first.py": "import second\n"})
    second = wheel(tmp_path, "second", {"second.py": ""})
    packages = requirements.installed([project(tmp_path / "one", first, second)], None, upgrade=False)
    assert packages.reached({"first"}) == {"first", "second"}
    assert packages.reached({"second", "elsewhere"}) == {"second"}


def test_the_lists_of_a_pyproject_count_as_well(requirements: ModuleType, tmp_path: Path) -> None:
    made = wheel(tmp_path, "demo", {"demo.py": ""})
    (tmp_path / "pyproject.toml").write_text(f'[project]\ndependencies = ["demo @ {made.as_uri()}"]\n')
    assert (requirements.installed([tmp_path], None, upgrade=False).folder / "demo.py").is_file()
