"""Finds wasm files where Python finds modules, and loads them as plugins. `atoll.importer` switches it on."""

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from atoll.embed.grants import Grants
from atoll.embed.importer_module import PluginModule, fill
from atoll.embed.limits import Limits
from atoll.embed.loading import load
from atoll.embed.wasm import Source
from atoll.errors import AtollError, UserError, render

_ENDINGS = (".wasm", ".wat")
_IMPORTS = {"guest-import-unknown", "import-mismatched"}


class _Configured:
    """What was said about modules that are not imported yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.of: dict[str, dict[str, Any]] = {}


_configured = _Configured()


def configure(
    module: str,
    *,
    imports: Mapping[str, object] | None = None,
    modules: Mapping[str, Source] | None = None,
    limits: Limits | None = None,
    grants: Grants | None = None,
) -> None:
    """Say what a wasm file gets that is imported as the module of this full name, see `atoll.load`.

    Before its first import: without this it gets no imports and no grants, and the usual limits. Only the program can
    say so: a file beside the wasm, or the package that brings it, cannot. Said twice, the last word counts.

    Raises UserError `importer-configured` if the module was imported already.
    """
    settings = {"imports": imports, "modules": modules, "limits": limits, "grants": grants}
    with _configured.lock:
        if isinstance(sys.modules.get(module), PluginModule):
            hint = "call atoll.importer.configure() before the module is imported"
            raise UserError("importer-configured", f"the module `{module}` was imported already", hint)
        _configured.of[module] = settings


def install() -> None:
    """Look for wasm files from now on, once."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
        sys.meta_path.insert(place, Finder())


class Finder(MetaPathFinder):
    """Finds `name.wasm`, `na-me.wasm` and their like in text, where nothing else is found but a bare folder.

    It is asked first, for Python takes a folder of that name for a package; but what has code of its own goes first.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, frozenset[str]]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec; None where it is nobody's, or a bare folder's."""
        file = self._file(fullname.rpartition(".")[2], sys.path if path is None else path)
        if file is None:
            return None
        found = self._others(fullname, path, target)
        if found is not None and found.loader is not None:
            return found
        spec = spec_from_file_location(fullname, file, loader=PluginLoader(fullname, file))
        if spec is not None:
            # Modules below it are those of its interfaces, whatever lies beside the file.
            spec.submodule_search_locations = []
        return spec

    def invalidate_caches(self) -> None:
        """Forget what folders hold. They are looked through again when they have changed, as the clock sees it."""
        self._known.clear()

    def _others(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        behind = sys.meta_path[sys.meta_path.index(self) + 1 :] if self in sys.meta_path else [PathFinder]
        specs = (finder.find_spec(fullname, path, target) for finder in behind)
        return next((spec for spec in specs if spec is not None), None)

    def _file(self, name: str, path: Sequence[str]) -> str | None:
        wanted = [plain + ending for ending in _ENDINGS for plain in (name, name.replace("_", "-"))]
        for entry in path:
            if isinstance(entry, str):
                folder = entry or os.getcwd()
                listed = self._listed(folder)
                for file in wanted:
                    if file in listed:
                        return os.path.join(os.path.abspath(folder), file)
        return None

    def _listed(self, folder: str) -> frozenset[str]:
        """The wasm files of a folder."""
        try:
            changed = os.stat(folder).st_mtime_ns
            known = self._known.get(folder)
            if known is None or known[0] != changed:
                names = frozenset(name for name in os.listdir(folder) if name.endswith(_ENDINGS))
                known = self._known[folder] = (changed, names)
        except OSError:
            return frozenset()
        return known[1]


class PluginLoader(Loader):
    """Loads one file as a module."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path

    def create_module(self, spec: ModuleSpec) -> PluginModule:
        """An empty one."""
        return PluginModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Load the file; a module that was loaded before stays as it was if that fails. Raises ImportError."""
        with _configured.lock:
            settings = _configured.of.get(self.name, {})
        try:
            plugin = load(self.path, name=self.name, **settings)
            fill(module, plugin, Path(self.path))
        except AtollError as error:
            raise ImportError(self._told(error), name=self.name, path=self.path) from error

    def _told(self, error: AtollError) -> str:
        text = f"cannot import `{self.name}` from {self.path}\n{render(error)}"
        if error.code in _IMPORTS:
            text += f'\nbefore the import: atoll.importer.configure("{self.name}", imports={{…}})'
        return text
