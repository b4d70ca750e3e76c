"""Everything that the loaded modules may import later: their packages' other modules, and what functions import by name.

What cannot be imported is left out without a word: packages have modules for databases, tests and systems that are not there.
"""

from __future__ import annotations

import importlib
import opcode
import pkgutil
import sys
import warnings
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType

__all__ = ("Recorder", "import_packages")

# Programs and tests, which a package has beside what it is used for.
_NOT_WANTED = {
    "__main__",
    "conftest",
    "test",
    "tests",
    "testing_",
    "setup",
    "_test",
    "_tests",
    "benchmarks",
    "examples",
}
# Of the standard library: what belongs to a person at a terminal, and what cannot run here.
_NOT_NEEDED = {
    "_pyrepl", "antigravity", "bdb", "cProfile", "cmd", "code", "codeop", "ctypes", "curses", "dbm", "distutils", "doctest",
    "ensurepip", "ftplib", "getpass", "idlelib", "imaplib", "lib2to3", "mailbox", "modulefinder", "msilib", "multiprocessing",
    "nturl2path", "pdb", "pickletools", "poplib", "profile", "pstats", "pty", "pyclbr", "pydoc", "pydoc_data", "readline",
    "rlcompleter", "shelve", "smtplib", "this", "timeit", "tkinter", "trace", "tty", "turtle", "turtledemo", "unittest",
    "venv", "webbrowser", "xmlrpc", "zipapp",
}  # fmt: skip
_CODECS = (
    "ascii", "charmap", "cp1252", "hex_codec", "idna", "iso8859_1", "iso8859_15", "latin_1", "punycode", "raw_unicode_escape",
    "unicode_escape", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_7", "utf_8", "utf_8_sig",
)  # fmt: skip
_IMPORT, _CONST, _EXTENDED = (opcode.opmap[name] for name in ("IMPORT_NAME", "LOAD_CONST", "EXTENDED_ARG"))


class Recorder:
    """Sees the code of each module that is loaded, and remembers what its functions import."""

    def __init__(self) -> None:
        self.lazy: set[str] = set()

    def install(self) -> None:
        """Look at every module from now on."""
        original = SourceFileLoader.get_code
        record = self.record

        def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
            code = original(loader, fullname)
            if code is not None:
                record(code)
            return code

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]

    def record(self, code: CodeType) -> None:
        """Note what the functions of a module import: module names, and what `from` takes out of them."""
        for const in code.co_consts:
            if isinstance(const, CodeType):
                self.record(const)
                if _IMPORT in const.co_code[::2]:
                    self._note(const)

    def _note(self, code: CodeType) -> None:
        operations = code.co_code
        argument = taken = 0
        for at in range(0, len(operations), 2):
            operation, argument = operations[at], argument << 8 | operations[at + 1]
            if operation == _EXTENDED:
                continue
            if operation == _CONST:
                taken = argument
            elif operation == _IMPORT and argument < len(code.co_names):
                name, names = code.co_names[argument], code.co_consts[taken]
                self.lazy.add(name)
                self.lazy.update(f"{name}.{each}" for each in names or () if isinstance(names, tuple))
            argument = 0


def import_packages(folders: list[str], recorder: Recorder) -> None:
    """Import what belongs to the packages in these folders that are in use already, and what their functions name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for codec in _CODECS:
            _try(f"encodings.{codec}")
        done: set[str] = set()
        while waiting := _packages(folders) - done:
            done |= waiting
            for name in sorted(waiting):
                _import_below(sys.modules[name])
            _import_lazy(recorder)


def _packages(folders: list[str]) -> set[str]:
    """The packages in use that lie in one of the folders."""
    inside = tuple(f"{folder}/" for folder in folders)
    return {name for name, module in list(sys.modules.items()) if _lies(module, inside)}


def _lies(module: ModuleType, inside: tuple[str, ...]) -> bool:
    return any(str(path).startswith(inside) for path in getattr(module, "__path__", None) or ())


def _import_below(package: ModuleType) -> None:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name.rpartition(".")[2] not in _NOT_WANTED:
            _try(found.name)


def _import_lazy(recorder: Recorder) -> None:
    """Import what functions name: of the standard library, and whole packages that no module has imported before."""
    done: set[str] = set()
    while waiting := recorder.lazy - done:
        done |= waiting
        for name in sorted(waiting):
            top, _, below = name.partition(".")
            if top in _NOT_NEEDED or name in sys.modules:
                continue
            # What `from` takes out of a module is mostly no module.
            parent = name.rpartition(".")[0]
            if not below or hasattr(sys.modules.get(parent), "__path__"):
                _try(name)


def _try(name: str) -> None:
    if name not in sys.modules:
        try:
            importlib.import_module(name)
        except (Exception, SystemExit):
            sys.modules.pop(name, None)
