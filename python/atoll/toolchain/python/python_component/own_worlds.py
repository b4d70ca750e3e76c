"""The name of a world of one's own, in full: there may be other packages beside it, with worlds of the same name."""

import re
from collections.abc import Sequence
from pathlib import Path

from python_component.refused import Refused

__all__ = ("named",)

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
_PACKAGE = re.compile(r"^\s*package\s+%?([\w:/-]+)(@[\w.+-]+)?\s*;", re.M)
_WORLD = re.compile(r"^\s*world\s+%?([\w-]+)\s*\{", re.M)


def named(folders: Sequence[Path], world: str | None) -> str:
    """`package/world@version` for a world's own name; without one for the only world that there is. Raises Refused."""
    if world is not None and ":" in world:
        return world
    found = [each for folder in folders for each in _worlds(folder)]
    chosen = [each for each in found if world is None or each.partition("/")[2].partition("@")[0] == world]
    if len(chosen) == 1:
        return chosen[0]
    shown = ", ".join(f"`{each}`" for each in found) or "none"
    where = ", ".join(map(str, folders))
    what = f"`{world}`" if world is not None else "the only one"
    raise Refused(f"no world of {where} is {what}", f"name one by `--world`; there are: {shown}")


def _worlds(folder: Path) -> list[str]:
    """The worlds of a file, or of the package that a folder is."""
    files = sorted(folder.glob("*.wit")) if folder.is_dir() else [folder]
    if not files or not all(file.is_file() for file in files):
        raise Refused(f"there is no WIT in {folder}", "name the folder that holds the .wit files: `--wit FOLDER`")
    text = _COMMENT.sub("", "\n".join(file.read_text("utf-8", "replace") for file in files))
    package = _PACKAGE.search(text)
    name, version = (package[1], package[2] or "") if package else ("", "")
    return [f"{name}/{world}{version}" for world in _WORLD.findall(text)]
