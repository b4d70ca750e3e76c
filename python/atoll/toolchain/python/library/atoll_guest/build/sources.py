"""Loading sources so that a traceback of the component names the user's own files, with the text of their lines."""

from __future__ import annotations

import _imp
import linecache
import marshal
import sys
from collections.abc import Callable
from importlib.machinery import FileFinder, SourceFileLoader
from importlib.util import decode_source
from types import CodeType

__all__ = ("install", "keep")


def install(
    projects: dict[str, str], packages: list[str], kept: dict[str, bytes], record: Callable[[CodeType], None]
) -> None:
    """Load what lies in these folders with names that mean something outside of the build.

    `projects` has folders of the user's modules, each with what its files begin with in the project (`src/`, or nothing);
    `packages` are folders of others' modules. `kept` is code that was compiled before, by file; `record` sees the code of the
    user's modules.
    """
    _KeptLoader.kept = kept
    _ProjectLoader.record = staticmethod(record)
    for folder, prefix in projects.items():
        sys.path_hooks.insert(
            0, _only(folder, type("ProjectLoader", (_ProjectLoader,), {"folder": folder, "prefix": prefix}))
        )
    for folder in packages:
        sys.path_hooks.insert(0, _only(folder, type("PackageLoader", (_PackageLoader,), {"folder": folder})))
    sys.path_hooks.insert(0, _only("/world", _KeptLoader))
    sys.path_importer_cache.clear()


def keep(name: str, text: str) -> None:
    """Tracebacks find the lines of this file here, for there is no file when the component runs."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)


class _KeptLoader(SourceFileLoader):
    kept: dict[str, bytes] = {}

    def get_code(self, fullname: str) -> CodeType | None:
        code = self.kept.pop(self.get_filename(fullname), None)
        return marshal.loads(code) if code else super().get_code(fullname)


class _ProjectLoader(_KeptLoader):
    folder = prefix = ""
    record: Callable[[CodeType], None]

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        shown = self.prefix + path.removeprefix(f"{self.folder}/")
        data = self.get_data(path)
        keep(shown, decode_source(data))
        code = self.kept.pop(path, None)
        made: CodeType = marshal.loads(code) if code else compile(data, shown, "exec", dont_inherit=True)
        self.record(made)
        return made


class _PackageLoader(SourceFileLoader):
    folder = ""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        code = super().get_code(fullname)
        if code is not None:
            _imp._fix_co_filename(code, path.removeprefix(f"{self.folder}/"))  # type: ignore[attr-defined]
        return code


def _only(folder: str, loader: type[SourceFileLoader]):  # type: ignore[no-untyped-def]
    """A path hook for this folder and those below it."""
    hook = FileFinder.path_hook((loader, [".py"]))

    def choose(path: str):  # type: ignore[no-untyped-def]
        if path == folder or path.startswith(f"{folder}/"):
            return hook(path)
        raise ImportError(path)

    return choose
