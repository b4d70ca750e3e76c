"""The templates that come with atoll: each makes a whole project, and `add` the same component as `new`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from atoll import toolchain
from atoll.templates.store import LIBRARY
from atoll.toolchain.known import known
from tests.cli.conftest import Atoll, atoll
from tests.support import ROOT
from tests.templates.library import TEMPLATES, VALUES, adding, described, manifest

__all__ = ("atoll",)

IN_PYTHON = [name for name in TEMPLATES if list(LIBRARY.glob(f"{name}/**/*.py.tmpl"))]
BUILT = [name for name in TEMPLATES if name not in ("http-empty", "redirect")]


@pytest.fixture
def made(request: pytest.FixtureRequest, atoll: Atoll, tmp_path: Path) -> Path:
    """What the template makes with its defaults."""
    said = atoll("new", request.param, "My app", *VALUES.get(request.param, ()))
    assert said.code == 0, said.err
    return tmp_path / "My_app"


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def commands(folder: Path) -> list[str]:
    builds = [component["build"]["command"] for component in manifest(folder)["component"].values()]
    return [line for command in builds for line in ([command] if isinstance(command, str) else command)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_named_by_its_folder_and_says_what_it_is(name: str) -> None:
    description = described(name)
    assert description["id"] == name
    assert description["description"]
    assert description["tags"]


@pytest.mark.parametrize("made", TEMPLATES, indirect=True)
def test_a_project_has_all_that_one_needs_to_begin(made: Path) -> None:
    assert (made / "spin.toml").read_text().startswith("#:schema https://")
    assert manifest(made)["application"]["name"] == "my-app"
    assert ".spin/" in (made / ".gitignore").read_text()
    readme = (made / "README.md").read_text().splitlines()
    assert readme[0] == "# My app"
    assert 5 <= len(readme) <= 20
    assert all((made / target).exists() for target in re.findall(r"\]\(([^)]+)", "\n".join(readme)))
    left = [file for file in files(made) if re.search(r"{{|{%|\.tmpl$", file.name + file.read_text("utf-8"))]
    assert left == []
    long = [line for file in files(made) for line in file.read_text("utf-8").splitlines() if len(line) > 120]
    assert [line for line in long if line not in readme] == []


@pytest.mark.parametrize("made", [name for name in TEMPLATES if name != "http-empty"], indirect=True)
def test_a_project_has_a_test(made: Path) -> None:
    assert list(made.glob("*.test.toml"))


@pytest.mark.parametrize("made", BUILT, indirect=True)
def test_a_build_says_what_it_reads_and_toolchains_bring_what_it_runs(made: Path) -> None:
    for component in manifest(made)["component"].values():
        folder = made / str(component["build"].get("workdir", ""))
        assert any(list(folder.glob(glob)) for glob in component["build"]["watch"])
    named = re.search(r"atoll toolchain install ([\w ]+?)    #", (made / "README.md").read_text())
    assert named is not None
    brought = {program for name in named[1].split() for program in known(name).programs}
    assert {program for line in commands(made) for program in toolchain.programs(line)} <= brought


@pytest.mark.parametrize("name", adding())
def test_what_is_added_is_the_component_of_a_new_app(name: str, atoll: Atoll, tmp_path: Path) -> None:
    values = VALUES.get(name, ())
    assert atoll("new", "http-empty", "app").code == 0
    assert atoll("new", name, "api", *values).code == 0
    assert atoll("add", name, "api", "-f", "app", *values).code == 0
    new, app = manifest(tmp_path / "api"), manifest(tmp_path / "app")
    assert app["trigger"] == new["trigger"]
    for component in new.get("component", {}).values():
        component["source"] = f"api/{component['source']}"
        component["build"]["workdir"] = "api"
        for mount in component.get("files", ()):
            mount["source"] = f"api/{mount['source']}"
    assert app.get("component") == new.get("component")
    own = {file.relative_to(tmp_path / "api"): file.read_bytes() for file in files(tmp_path / "api")}
    inside = {file.relative_to(tmp_path / "app/api"): file.read_bytes() for file in files(tmp_path / "app/api")}
    if inside:
        own.pop(Path("spin.toml"))
        assert inside == own
    assert atoll("check", "app/spin.toml").err.count("source-missing") == 0


@pytest.mark.parametrize("name", [name for name in adding() if "python-" in name])
def test_an_app_with_routes_has_them_below_its_own(name: str, atoll: Atoll, tmp_path: Path) -> None:
    assert atoll("new", name, "x", "-v", "http-path=/shop").code == 1
    assert atoll("new", name, "x", "-v", "http-path=/shop/...").code == 0
    assert '"/shop/greet/' in (tmp_path / "x/app.py").read_text()
    assert 'path = "/shop/greet/anna"' in (tmp_path / "x/app.test.toml").read_text()


@pytest.mark.parametrize("made", IN_PYTHON, indirect=True)
def test_python_is_as_clean_as_our_own(made: Path) -> None:
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
        rules = ["--ignore", "D1,T20", "--config", "src=[]", "--config", "exclude=[]"] if check == ["check"] else []
        ended = subprocess.run([*command, *rules, str(made)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout


def test_no_file_of_a_template_is_taken_for_one_of_atoll() -> None:
    """Names that a package's builder may skip, code that an installer would compile, links of another folder."""
    refused = (".py", ".pyc", ".md")
    assert [file for file in LIBRARY.rglob("*") if file.name == ".gitignore" or file.suffix in refused] == []
