"""Folders of plugins, written by tests."""

import os
from pathlib import Path
from typing import Any

import atoll


class PluginFolder:
    """A folder, and the plugins that are loaded from it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def made(cls, path: Path) -> "PluginFolder":
        """One that was not there before."""
        path.mkdir(parents=True)
        return cls(path)

    def put(self, name: str, content: bytes | str, *, suffix: str = ".wat") -> Path:
        """Put a whole file there at once."""
        file = self.path / f"{name}{suffix}"
        written = file.with_name(f".{file.name}")
        written.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.replace(written, file)
        return file

    def settings(self, name: str, content: str) -> Path:
        """Put settings beside a plugin."""
        return self.put(name, content, suffix=".toml")

    def load(self, **settings: Any) -> atoll.Plugins:
        """All of them."""
        return atoll.Plugins(self.path, **settings)
