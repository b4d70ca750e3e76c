"""What an app is made from, so that `--reload` can watch it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from atoll.app import App
from atoll.lock import glob


def watched(app: App, locked: Mapping[str, Any], more: Iterable[Path]) -> frozenset[Path]:
    """The manifest, the wasm sources, and the static files or the folders that hold them; `more` are further files."""
    found = {app.file, *(file.absolute() for file in more)}
    found.update(_path(component["source"]["source"]) for component in locked["components"] if _is_file(component))
    for component in app.manifest.component.values():
        for entry in component.files:
            found.add(app.base / _stem(entry if isinstance(entry, str) else entry.source))
    return frozenset(found)


def _is_file(component: Mapping[str, Any]) -> bool:
    return str(component["source"].get("source", "")).startswith("file://")


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def _stem(pattern: str) -> str:
    """The part of a glob that names one folder for sure."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if glob.is_pattern(part):
            break
        parts.append(part)
    return "/".join(parts)
