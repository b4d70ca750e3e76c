"""The layers of ARCHITECTURE.md: who may import whom, who may reach the data plane, who may print."""

import ast
from pathlib import Path

import pytest

from tests.laws.source import PACKAGE, imports, module_name, parsed, sources
from tests.support import ROOT

# From the ground up. Rooms of one floor do not import each other.
LAYERS = (
    {"errors"},
    {"files"},
    {"cache", "manifest"},
    {"capabilities", "registry", "serverless", "triggers"},
    {"lock"},
    {"app"},
    {"host"},
    {"observe", "runtime", "toolchain"},
    {"supervisor", "embed", "web", "build", "templates", "packages", "platform"},
    {"django", "extism", "importer"},
    {"doctor", "testing"},
    {"cli"},
)
FLOOR = {room: floor for floor, rooms in enumerate(LAYERS) for room in rooms}
MODULES = sorted(file for file in sources(".py") if file.is_relative_to(PACKAGE))
ROOMS = [file for file in MODULES if file.parent != PACKAGE or file.stem not in {"__init__", "__main__"}]
REACHES_CORE = {"host", "embed"}


def room(module: str) -> str:
    """The second part of a module's name."""
    return module.split(".")[1] if "." in module else ""


def name(file: Path) -> str:
    return module_name(file)


@pytest.mark.parametrize("file", ROOMS, ids=name)
def test_a_module_imports_only_from_floors_below_its_own(file: Path) -> None:
    own = room(module_name(file))
    assert own in FLOOR, f"{own} has no floor: give it one here and in ARCHITECTURE.md"
    for imported in imports(file):
        other = room(imported) if imported.startswith("atoll.") else ""
        if other in ("", own, "_core", "__version__"):
            continue
        assert FLOOR[other] < FLOOR[own], f"{module_name(file)} imports {imported}"


@pytest.mark.parametrize("file", [file for file in MODULES if "capabilities" in file.parts], ids=name)
def test_a_capability_imports_no_other(file: Path) -> None:
    own = file.relative_to(PACKAGE / "capabilities").parts[0]
    others = {folder.name for folder in (PACKAGE / "capabilities").iterdir() if folder.is_dir()} - {own}
    used = {imported.split(".")[2] for imported in imports(file) if imported.startswith("atoll.capabilities.")}
    assert not used & others


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_only_host_and_embed_reach_the_data_plane(file: Path) -> None:
    if room(module_name(file)) not in REACHES_CORE:
        assert not [imported for imported in imports(file) if imported.startswith("atoll._core")]


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_only_the_command_line_prints(file: Path) -> None:
    own_program = module_name(file).startswith("atoll.toolchain.python.")
    if room(module_name(file)) != "cli" and not own_program:
        printed = [node.lineno for node in ast.walk(parsed(file)) if isinstance(node, ast.Call) and _prints(node)]
        assert printed == []


def _prints(call: ast.Call) -> bool:
    text = ast.unparse(call.func)
    return text in {"print", "click.echo", "sys.stdout.write", "sys.stderr.write"}


def test_the_floors_are_those_of_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").replace("\n", " ")
    assert "errors < files < cache | manifest < capabilities | registry | serverless | triggers < lock < app < " in text


def test_the_laws_see_the_code() -> None:
    assert len(MODULES) > 40
    assert "atoll._core" in {imported for file in MODULES for imported in imports(file)}
