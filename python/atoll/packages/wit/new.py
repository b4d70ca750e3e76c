"""A new WIT: a folder with a package that has a world, and an interface that it exports."""

from pathlib import Path

from atoll.errors import UserError
from atoll.host import wit
from atoll.manifest.versions import Version
from atoll.packages.wit.versions import Wanted

_FIRST = Version(0, 1, 0)
_TEXT = """package {package};

/// What callers get.
interface {interface} {{
  /// A greeting for whoever has this name.
  greet: func(name: string) -> string;
}}

/// What the component is.
world {world} {{
  export {interface};
}}
"""


def write(name: str, folder: Path) -> Path:
    """Write the package of this name; its file.

    Raises UserError: `wit-name-invalid`, `wit-exists` where the folder has WIT already, `output-unwritable`.
    """
    wanted = Wanted.parse(name)
    package = Wanted(wanted.name, wanted.version or _FIRST)
    world = wanted.name.rpartition(":")[2]
    # Both stand under one roof.
    interface = "calls" if world == "api" else "api"
    file = folder / "world.wit"
    if folder.is_dir() and any(folder.glob("*.wit")):
        raise UserError("wit-exists", f"`{folder}` has a package already", "name another folder with --wit")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(_TEXT.format(package=package, world=world, interface=interface), "utf-8")
    except OSError as error:
        raise UserError(
            "output-unwritable", f"`{folder}` cannot be written to: {error.strerror}", "name another folder with --wit"
        ) from None
    try:
        wit.needs(file)
    except UserError:
        file.unlink()
        raise UserError(
            "wit-name-invalid", f"`{name}` is a word of the language", "name the package and its world differently"
        ) from None
    return file
