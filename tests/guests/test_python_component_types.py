"""Types: of the library itself, and of what an editor sees after `python-component bindings`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guests.python_component import PROGRAM, run

pytestmark = pytest.mark.slow

APP = """from atoll_guest import key_value
from atoll_guest.http import Request, Response, get, handler


@handler
async def handle(request: Request) -> Response:
    answer = await get("https://example.com")
    with key_value.open() as store:
        value = store.get(answer.text())
    reveal_type(value)
    return Response(answer.status, body=value)
"""


@pytest.fixture(scope="module")
def bindings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bindings of all that `atoll_guest` offers, in a project."""
    folder = tmp_path_factory.mktemp("bindings")
    ended = run(folder, "bindings")
    assert (ended.code, ended.err) == (0, "")
    assert 'extraPaths = [".atoll/bindings"]' in ended.out
    assert 'mypy_path = ".atoll/bindings"' in ended.out
    return folder / ".atoll" / "bindings"


def mypy(folder: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--explicit-package-bases", *arguments]
    environment = {**os.environ, "MYPYPATH": path}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def test_the_library_holds_its_types_against_the_bindings(bindings: Path, tmp_path: Path) -> None:
    library = PROGRAM.parent / "library"
    checked = mypy(tmp_path, "--python-version", "3.14", "-p", "atoll_guest", path=f"{library}:{bindings}")
    assert checked.returncode == 0, checked.stdout


def test_an_editor_sees_types_of_the_library_and_of_interfaces(bindings: Path) -> None:
    project = bindings.parents[1]
    (project / "app.py").write_text(APP)
    checked = mypy(project, "app.py", path=".atoll/bindings")
    assert 'app.py:10: note: Revealed type is "bytes | None"' in checked.stdout
    assert 'app.py:11: error: Argument "body" to "Response" has incompatible type "bytes | None"' in checked.stdout
    assert checked.stdout.count("error:") == 1


def test_bindings_are_written_anew_and_over_nothing_else(bindings: Path) -> None:
    project = bindings.parents[1]
    assert run(project, "bindings").code == 0
    (project / "mine").mkdir()
    (project / "mine" / "notes.txt").write_text("")
    refused = run(project, "bindings", "mine")
    assert (refused.code, "holds something else" in refused.err) == (1, True)


def test_a_world_of_ones_own_has_its_bindings(tmp_path: Path) -> None:
    (tmp_path / "wit").mkdir()
    world = "package a:b;\n\nworld w {\n  export shout: func(text: string) -> string;\n}\n"
    (tmp_path / "wit" / "world.wit").write_text(world)
    assert run(tmp_path, "bindings", "types", "--wit", "wit", "--world", "w").code == 0
    assert "def shout(self, text: str) -> str:" in (tmp_path / "types" / "wit_world" / "__init__.py").read_text()
