"""Types for an editor, before a component was ever built: the bindings of the worlds, and `atoll_guest` beside them."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from python_component.arguments import Options
from python_component.building import HANDLER, LIBRARY, componentize_py, world_arguments
from python_component.interfaces import CLIENT, COMMAND, ROOMS, world
from python_component.problems import trimmed
from python_component.refused import Refused

__all__ = ("write",)


def write(options: Options, folder: Path) -> str:
    """Write them; the sentence that says how an editor finds them. Raises Refused."""
    with tempfile.TemporaryDirectory(prefix="python-component-") as stage:
        made = Path(stage, "bindings")
        exports = () if options.form == "plugin" else HANDLER
        worlds = world_arguments(options, world({*CLIENT, *COMMAND}, exports, ROOMS), Path(stage))
        command = [componentize_py(), "-q", *worlds, "bindings", str(made)]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if ended.returncode:
            raise Refused("", shown=trimmed(ended.stdout, Path(stage)))
        ignored = shutil.ignore_patterns("__pycache__", "build", "serve")
        shutil.copytree(LIBRARY / "atoll_guest", made / "atoll_guest", ignore=ignored)
        for package in ("wit_world", "componentize_py_async_support"):
            (made / package / "py.typed").touch()
        if folder.exists():
            _check(folder)
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, folder)
    shown = os.path.relpath(folder)
    return f'Types are in {shown}: put `extraPaths = ["{shown}"]` under [tool.pyright] of pyproject.toml, or `mypy_path = "{shown}"` under [tool.mypy].'


def _check(folder: Path) -> None:
    """Only what was written by this is replaced."""
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / "wit_world").is_dir()):
        raise Refused(
            f"{folder} is there and holds something else", "name another folder: `python-component bindings FOLDER`"
        )
