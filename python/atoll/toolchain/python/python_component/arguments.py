"""The command's arguments."""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from python_component.refused import Refused

__all__ = ("Options", "parsed")

_ABOUT = """\
Turns a Python project into a WebAssembly component. MODULE is a module of this folder, such as app for app.py; what
requirements.txt, or pyproject.toml, names is inside of the component too.

  python-component app -o app.wasm                    HTTP: a function with @handler
  python-component app:app --asgi -o app.wasm         HTTP: an ASGI application, such as Starlette's
  python-component app:app --wsgi -o app.wasm         HTTP: a WSGI application, such as Flask's
  python-component main --command -o main.wasm        a command: main(), or what stands under `if __name__ == "__main__":`
  python-component plugin --wit wit --world plugin -o plugin.wasm
                                                      a world of your own, as componentize-py has it
  python-component bindings [FOLDER]                  types for your editor
"""
_NAME = r"[^\W\d]\w*"
_MODULE = re.compile(rf"{_NAME}(?:\.{_NAME})*(?::{_NAME}(?:\.{_NAME})*(?:\(\))?)?")


@dataclass(frozen=True)
class Options:
    """What was asked for. `form` is http, asgi, wsgi, command or plugin; of bindings too, where `bindings` is their folder."""

    form: str
    module: str
    attribute: str
    output: Path
    path: Path
    requirements: Path | None
    wit: tuple[Path, ...]
    world: str | None
    upgrade: bool
    bindings: Path | None


def parsed(arguments: list[str]) -> Options:
    """The options. Raises Refused, and SystemExit for `--help` and what argparse refuses."""
    given = _parser().parse_args(arguments)
    binds = given.module == "bindings"
    if given.folder is not None and not binds:
        raise Refused(f"nothing is known to be done with `{given.folder}`", "see `python-component --help`")
    if not binds and (given.module.endswith(".py") or not _MODULE.fullmatch(given.module)):
        raise Refused(f"`{given.module}` is no name of a module", _meant(given.module))
    module, _, attribute = given.module.partition(":")
    form = given.form or ("plugin" if given.wit else "http")
    if form in ("asgi", "wsgi"):
        attribute = attribute or "app"
    elif attribute:
        raise Refused(f"`:{attribute}` names no application", "add `--asgi` or `--wsgi`, or name the module alone")
    if form == "plugin" and not given.wit:
        raise Refused("a world needs the folder of its WIT", "add `--wit FOLDER`")
    if form != "plugin" and given.wit:
        raise Refused(f"`--{form}` has a world already", f"remove `--wit`, or `--{form}`")
    output = Path(given.output or f"{module.rpartition('.')[2]}.wasm")
    bindings = Path(given.folder or ".atoll/bindings") if binds else None
    wit = tuple(map(Path, given.wit or ()))
    requirements = None if given.requirements is None else Path(given.requirements)
    path = Path(given.path)
    return Options(form, module, attribute, output, path, requirements, wit, given.world, given.upgrade, bindings)


def _meant(text: str) -> str:
    name = text.removesuffix(".py").strip("./").replace("/", ".")
    if _MODULE.fullmatch(name):
        return f"write `{name}`"
    return "a module's name is made of letters, digits and `_`: rename the file"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused(message, "see `python-component --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python-component",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("module", metavar="MODULE[:NAME]", help="the module, and the application in it (default: app)")
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="of `bindings`: where to write (default: .atoll/bindings)"
    )
    forms = parser.add_mutually_exclusive_group()
    for form, about in (
        ("asgi", "NAME is an ASGI application"),
        ("wsgi", "NAME is a WSGI application"),
        ("command", "a program that runs and ends"),
    ):
        forms.add_argument(f"--{form}", dest="form", action="store_const", const=form, help=about)
    parser.add_argument("-o", "--output", metavar="FILE", help="the component (default: the module's name, .wasm)")
    parser.add_argument("--path", metavar="FOLDER", default=".", help="where the modules lie (default: this folder)")
    parser.add_argument(
        "--requirements", metavar="FILE", help="what to install (default: requirements.txt, or pyproject.toml)"
    )
    parser.add_argument(
        "--upgrade", action="store_true", help="install the requirements anew, in their newest versions"
    )
    parser.add_argument("--wit", metavar="FOLDER", action="append", help="a world of your own: its WIT")
    parser.add_argument("--world", metavar="NAME", help="its name, where the WIT has several")
    return parser
