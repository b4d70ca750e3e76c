"""From a project to a component: a stage is set up, componentize-py loads the modules, and what it made is put in place."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from python_component.arguments import Options
from python_component.interfaces import CLIENT, COMMAND, HTTP, World, world
from python_component.own_worlds import named
from python_component.problems import explained, trimmed
from python_component.project import Project, Use, scanned
from python_component.refused import Refused
from python_component.requirements import Packages, installed

__all__ = ("HANDLER", "LIBRARY", "build", "componentize_py", "world_arguments")

LIBRARY = Path(__file__).resolve().parents[1] / "library"
_EXPORTS = {"command": ("wasi:cli/run@0.2.12",), "plugin": ()}
HANDLER = ("wasi:http/incoming-handler@0.2.12",)


def build(options: Options) -> str:
    """Make the component; what the modules printed while they were loaded. Raises Refused."""
    root = options.path.resolve()
    project = scanned(root, options.module)
    packages = installed(list(dict.fromkeys([root, Path.cwd()])), options.requirements, upgrade=options.upgrade)
    use = _whole(project.use, packages)
    with tempfile.TemporaryDirectory(prefix="python-component-") as folder:
        stage = Stage(Path(folder), options, project, packages)
        stage.write(use)
        stage.run(world_arguments(options, _made_world(options.form, use), Path(folder)))
        return stage.printed()


def _whole(use: Use, packages: Packages) -> Use:
    """What the project and its packages use together."""
    if packages.folder is None:
        return use
    theirs = packages.use
    return Use(use.rooms | theirs.rooms, use.client or theirs.client, use.asynchronous or theirs.asynchronous)


def _made_world(form: str, use: Use) -> World | None:
    """The world of a form with what is used; None where a world of one's own is all there is."""
    if form == "plugin" and not (use.rooms or use.client or use.asynchronous):
        return None
    serving = form in ("http", "asgi", "wsgi")
    imports = {
        *(HTTP if serving else ()),
        *(CLIENT if use.client else ()),
        *COMMAND[1:],
        *(COMMAND if form == "command" else ()),
    }
    return world(imports, _EXPORTS.get(form, HANDLER), use.rooms)


def world_arguments(options: Options, made: World | None, folder: Path) -> list[str]:
    """What componentize-py is told of the worlds; ours is written to a file in `folder`."""
    told = [argument for path in options.wit for argument in ("-d", str(path))]
    told += ["-w", named(options.wit, options.world)] if options.wit else []
    if made is not None:
        file = folder / "component.wit"
        file.write_text(made.text, "utf-8")
        told += made.arguments(file)
    return told


def componentize_py() -> str:
    """The program. Raises Refused."""
    found = shutil.which("componentize-py")
    if found is None:
        raise Refused("componentize-py is not installed", "run `atoll toolchain install python`")
    return found


class Stage:
    """A folder for one build. Each folder that the sandbox's Python sees has a number there, in the order of `_paths`."""

    def __init__(self, folder: Path, options: Options, project: Project, packages: Packages) -> None:
        self._folder = folder
        self._options = options
        self._project = project
        self._packages = packages
        self._entry = folder / "entry"
        self._made = folder / "made.wasm"
        self._paths = [project.root, LIBRARY, self._entry, _bytecode(packages.home)]
        if packages.folder is not None:
            self._paths.append(packages.folder)

    def write(self, use: Use) -> None:
        """The module that componentize-py loads, and an environment without other packages."""
        self._entry.mkdir()
        (self._folder / "environment" / "lib" / "python3.14" / "site-packages").mkdir(parents=True)
        text = [
            "import sys",
            f"sys.pycache_prefix = '/{self._paths.index(_bytecode(self._packages.home))}'",
            "from atoll_guest.build.entry import made",
            f"globals().update(made({self._settings(use)!r}))",
            "",
        ]
        (self._entry / "atoll_component.py").write_text("\n".join(text), "utf-8")

    def _settings(self, use: Use) -> dict[str, Any]:
        root = os.path.relpath(self._project.root)
        prefix = "" if root == "." or root.startswith("..") else f"{root}/"
        files = {
            name: f"{prefix}{file.relative_to(self._project.root)}" for name, file in self._project.modules.items()
        }
        return {
            "form": self._options.form,
            "module": self._options.module,
            "attribute": self._options.attribute,
            "shown": files[self._options.module],
            "files": {
                f"/0/{self._project.modules[name].relative_to(self._project.root)}": file
                for name, file in files.items()
            },
            "tops": sorted(self._packages.reached(self._project.imported)),
            "modules": sorted(self._project.modules),
            "scripts": self._project.scripts if self._options.form == "command" else [],
            "asynchronous": use.asynchronous or self._options.form == "asgi",
            "projects": {"/0": prefix},
            "library": "/1",
            "packages": ["/4"] if self._packages.folder is not None else [],
            "native": self._packages.native,
            "report": "/2/report.json",
        }

    def run(self, worlds: list[str]) -> None:
        """Call componentize-py, and put what it made in place. Raises Refused with what is wrong."""
        paths = [argument for path in self._paths for argument in ("-p", str(path))]
        command = [componentize_py(), "-q", *worlds, "componentize", *paths, "atoll_component", "-o", str(self._made)]
        environment = {**os.environ, "VIRTUAL_ENV": str(self._folder / "environment")}
        ended = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if ended.returncode or not self._made.is_file():
            report = self._report()
            if "code" in report:
                raise explained(report, self._options)
            raise Refused("", shown=trimmed(ended.stdout, self._folder))
        self._options.output.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self._made, self._options.output)

    def printed(self) -> str:
        """What the modules wrote to standard output and standard error."""
        return str(self._report().get("printed", ""))

    def _report(self) -> dict[str, Any]:
        file = self._entry / "report.json"
        return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}


def _bytecode(home: Path) -> Path:
    """Where compiled modules are kept between builds: another place for another library, and for other packages."""
    files = (file for file in LIBRARY.rglob("*.py"))
    seen = sorted(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
    digest = hashlib.sha256("\n".join(seen).encode()).hexdigest()
    folder = home / f"bytecode-{digest[:12]}"
    folder.mkdir(exist_ok=True)
    return folder
