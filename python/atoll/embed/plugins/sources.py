"""Where plugins come from: the files of a folder, or the entry points of installed packages."""

import re
from pathlib import Path
from typing import NamedTuple, Protocol

from atoll.capabilities.custom.types import attribute
from atoll.embed.plugins.pins import FILE
from atoll.errors import AtollError, UserError

SUFFIXES = (".wasm", ".wat")
SETTINGS = ".toml"
_NAME = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_LONGEST = 64

Problems = dict[str, AtollError]


class Found(NamedTuple):
    """A plugin's file, the file of its settings, which need not be there, and the folder that neither leads out of."""

    wasm: Path
    settings: Path
    within: Path | None = None


class Sight(NamedTuple):
    """What was found: plugins; files that cannot be one, with the reason; and settings that belong to none."""

    found: dict[str, Found]
    refused: Problems
    alone: Problems


class Source(Protocol):
    """What plugins are found in."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """What has to be watched to see them change."""

    @property
    def name(self) -> str:
        """What its own problems are called by."""

    @property
    def lock(self) -> Path | None:
        """Where its pins are written, unless somewhere else is named."""

    def find(self) -> Sight:
        """What is there now. Raises UserError if nobody can tell."""


def canonical(name: str) -> str:
    """What stands for a name in Python and in stores: names that have it in common are one."""
    return attribute(name)


class Folder:
    """Each `NAME.wasm` or `NAME.wat` of a folder is a plugin, `NAME.toml` beside it has its settings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder itself."""
        return (self._folder,)

    @property
    def name(self) -> str:
        """Its path."""
        return str(self._folder)

    @property
    def lock(self) -> Path:
        """The file `plugins.lock` in it."""
        return self._folder / FILE

    def find(self) -> Sight:
        """What is there now. Raises UserError `plugin-folder-unreadable`."""
        try:
            # What begins with a dot is on its way to its name.
            files = sorted(file for file in self._folder.iterdir() if not file.name.startswith("."))
        except OSError as error:
            raise UserError(
                "plugin-folder-unreadable",
                f"the plugins in `{self._folder}` cannot be read: {error.strerror or error}",
                "name a folder with .wasm files",
            ) from None
        wasm = [file for file in files if file.suffix in SUFFIXES]
        plugins = [(file.stem, Found(file, file.with_suffix(SETTINGS), self._folder)) for file in wasm]
        found, refused = named(plugins)
        stems = {name for name, _ in plugins}
        lone = [file for file in files if file.suffix == SETTINGS and file.stem not in stems]
        return Sight(found, refused, {file.stem: _alone(file) for file in lone})


class EntryPoints:
    """Each entry point of a group names a file of a package, `package:NAME.wasm`. No package is imported for that."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._folders: tuple[Path, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Those of the files that were found last."""
        return self._folders

    @property
    def name(self) -> str:
        """The group."""
        return self._group

    @property
    def lock(self) -> None:
        """There is no place for it."""

    def find(self) -> Sight:
        """What is installed now."""
        from importlib.metadata import entry_points

        plugins, misplaced = [], {}
        for entry in sorted(entry_points(group=self._group), key=lambda entry: entry.name):
            try:
                file = _resource(entry.value)
            except (ImportError, ValueError) as error:
                misplaced[entry.name] = _misplaced(entry.name, entry.value, str(error))
            else:
                plugins.append((entry.name, Found(file, file.with_suffix(SETTINGS))))
        found, refused = named(plugins)
        self._folders = tuple(sorted({file.wasm.parent for file in found.values()}))
        return Sight(found, misplaced | refused, {})


def named(plugins: list[tuple[str, Found]]) -> tuple[dict[str, Found], Problems]:
    """Those whose names are good, and nobody else's; what is wrong with the others."""
    found: dict[str, Found] = {}
    problems: Problems = {}
    by_name: dict[str, list[tuple[str, Found]]] = {}
    for name, file in plugins:
        by_name.setdefault(canonical(name), []).append((name, file))
    for alike in by_name.values():
        for name, file in alike:
            if not _NAME.fullmatch(name) or len(name) > _LONGEST:
                problems[name] = UserError(
                    "id-invalid",
                    f"`{name}` cannot be a plugin's name",
                    f"letters and digits, in words joined by `-` or `_`, {_LONGEST} in all; no version",
                )
            elif len(alike) > 1:
                files = " and ".join(f"`{other.wasm}`" for _, other in alike)
                problems[name] = UserError("id-duplicate", f"{files} have the same name", "rename one of them")
            else:
                found[name] = file
    return found, problems


def _resource(value: str) -> Path:
    """The file of an entry point. Raises ImportError or ValueError."""
    from importlib.util import find_spec

    module, _, resource = value.partition(":")
    top, *below = module.strip().split(".")
    # To find a package at the top runs none of its code; to find one inside of it would.
    spec = find_spec(top)
    if spec is None:
        raise ImportError(f"there is no package `{top}`")
    for place in spec.submodule_search_locations or ():
        file = Path(place, *below, resource.strip())
        if file.suffix in SUFFIXES and file.is_file():
            return file
    raise ImportError(f"there is no such file in the package `{module}`")


def _misplaced(name: str, value: str, why: str) -> UserError:
    return UserError(
        "source-missing", f"the entry point `{name} = {value}` leads nowhere: {why}", "write `package:NAME.wasm`"
    )


def _alone(file: Path) -> UserError:
    return UserError("plugin-settings-alone", f"`{file}` has no plugin beside it", "name it after its plugin")
