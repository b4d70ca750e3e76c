"""The templates that come with atoll, and what each needs to be made."""

import tomllib
from pathlib import Path
from typing import Any

from atoll.templates.store import LIBRARY

TEMPLATES = sorted(folder.name for folder in LIBRARY.iterdir() if folder.is_dir())
VALUES = {"redirect": ["-v", "redirect-to=https://example.com/there"]}


def described(name: str) -> dict[str, Any]:
    """A template's description, as it is written."""
    return tomllib.loads((LIBRARY / name / "metadata/spin-template.toml").read_text("utf-8"))


def adding() -> list[str]:
    """Those that make components for apps."""
    return [name for name in TEMPLATES if "add_component" in described(name)]


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of what was made."""
    return tomllib.loads((folder / "spin.toml").read_text("utf-8"))
