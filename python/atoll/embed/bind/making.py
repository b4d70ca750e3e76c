"""From a wasm file to the files of its package."""

import keyword
import os
from hashlib import sha256
from pathlib import Path

from atoll.embed.bind.core_module import CorePackage
from atoll.embed.bind.front import Front
from atoll.embed.bind.numbers import surface
from atoll.embed.bind.package import HIDDEN, Package
from atoll.embed.bind.parser import parsed
from atoll.errors import UserError
from atoll.host import inspect
from atoll.host.inspected import Inspected


def package(file: Path, folder: Path, *, copied: bool = True) -> dict[str, bytes]:
    """The files of the package in `folder` for the wasm `file`, by their names.

    `copied` puts the file among them; else the package reads it where it is. Raises UserError if it is no library.
    """
    name = folder.resolve().name
    if not name.isidentifier() or keyword.iskeyword(name):
        hint = "the folder is the package: name it as it is to be imported"
        raise UserError("argument-invalid", f"`{name}` cannot be the name of a Python package", hint)
    described = inspect(str(file))
    wasm = file.read_bytes()
    copy = file.stem + (".wat" if described.text else ".wasm")
    place = copy if copied else os.path.relpath(file.resolve(), folder.resolve())
    front = Front(file.name, sha256(wasm).hexdigest(), place, described.runs_as == "library")
    files = {name: text.encode() for name, text in _texts(described, front).items()}
    return files | {"py.typed": b""} | ({copy: wasm} if copied else {})


def _texts(described: Inspected, front: Front) -> dict[str, str]:
    if front.is_module:
        return CorePackage(surface(described), HIDDEN, front).files()
    if described.world is None:
        why = described.world_problem or described.refusal or "it has nothing that could be called by name"
        raise UserError("guest-not-library", f"`{front.file}` is no library: {why}")
    asked = ("object", "optional")
    answers = {item.name: item.answer for item in described.imports if item.answer in asked}
    return Package(parsed(described.world), answers, front).files()
