"""A package that brings providers of its own code, as pip would have installed it."""

from pathlib import Path

from tests.packages import install


def installed(folder: Path, room: str, code: str, **classes: str) -> str:
    """A PYTHONPATH with a package of this code; `classes` are its providers of the room, by their `type`."""
    path = install(folder, room, {kind: f"brought:{name}" for kind, name in classes.items()})
    (folder / "brought.py").write_text(code, "utf-8")
    return path
