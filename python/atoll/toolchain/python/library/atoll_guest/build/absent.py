"""C modules that the sandbox's Python lacks: they can be imported, and say why they cannot be used.

Only those are here that packages import without asking whether they are there.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from types import ModuleType
from typing import NoReturn

__all__ = ("Explaining", "install")

_FOLDER = __file__.rpartition("/")[0] + "/placeholders"
_PLACEHOLDERS = {
    "_ssl": ("_ssl", "_ssl.py"),
    "ctypes": ("_ctypes", "ctypes.py"),
    "ctypes.util": ("_ctypes", "ctypes.py"),
    "ctypes.wintypes": ("_ctypes", "ctypes.py"),
}


class _Placeholders:
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        known = _PLACEHOLDERS.get(name)
        if known is None or known[0] in sys.builtin_module_names:
            return None
        spec = spec_from_file_location(name, f"{_FOLDER}/{known[1]}")
        if spec is not None and name == "ctypes":
            spec.submodule_search_locations = []
        return spec


class Explaining:
    """The last finder, while the component runs: it finds nothing, and says why."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> NoReturn:
        raise ModuleNotFoundError(
            f"No module named {name!r} in this component: only what is imported while it is built is there; "
            "import it at the top of a module",
            name=name,
        )


def install() -> None:
    """Put the placeholders in their places."""
    sys.meta_path.insert(0, _Placeholders())
    if find_spec("_thread") is not None:
        threading.Thread.start = _refuse  # type: ignore[method-assign]


def _refuse(self: threading.Thread) -> NoReturn:
    raise RuntimeError(f"{self.name} cannot start: the sandbox has no threads; use asyncio, or do it in place")
