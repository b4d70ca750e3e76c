"""The templates of this machine: those that come with atoll, and those that were installed, which go before them.

Installed ones lie in `atoll/templates` of the user's data folder, each in a folder with its id, put there in one step.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from atoll.errors import AtollError, UserError
from atoll.errors.meant import meant
from atoll.manifest import writing
from atoll.manifest.toml import Toml
from atoll.templates.template import Template, regular_files

LIBRARY = Path(__file__).parent / "library"
ALIASES = {
    "http-py": "http-python",
    "static-fileserver": "static",
}
MAX_FILES = 2_000
MAX_BYTES = 64 << 20
_RECORD = ".install.toml"


def home() -> Path:
    """The folder of the installed templates; it need not be there."""
    # A relative folder is to be ignored, says the XDG specification.
    data = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "atoll" / "templates"


def known() -> tuple[list[Template], list[AtollError]]:
    """All templates, in the order of their ids, and what is wrong with those that cannot be read."""
    found, problems = list[Template](), list[AtollError]()
    for _, folder in sorted(_all().items()):
        try:
            found.append(_load(folder))
        except AtollError as error:
            problems.append(error)
    return found, problems


def find(name: str) -> Template:
    """The template with that id. Spin's ids of atoll's own are understood. Raises UserError `template-unknown`."""
    folders = _all()
    folder = folders.get(name) or folders.get(ALIASES.get(name, ""))
    if folder is None:
        raise _unknown(name, folders)
    return _load(folder)


def holds(name: str) -> bool:
    """Whether `find` would find that."""
    return name in _all() or name in ALIASES


def install(template: Template, origin: str) -> None:
    """Copy a template to the others, in place of one with its id. Raises UserError."""
    try:
        home().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home(), prefix=".new-") as place:
            new, old = Path(place, "new"), Path(place, "old")
            _copy(template, new)
            (new / _RECORD).write_text(f"from = {writing.value(origin)}\n", "utf-8")
            target = home() / template.id
            if target.exists():
                target.rename(old)
            new.rename(target)
    except OSError as error:
        raise UserError(
            "project-unwritable", f"{error.filename} cannot be written: {(error.strerror or '').lower()}"
        ) from None


def remove(name: str) -> None:
    """Remove an installed template. Raises UserError `template-unknown`."""
    installed = _folders(home())
    if name not in installed:
        raise UserError(
            "template-unknown",
            f"no template `{name}` was installed",
            meant(name, installed) if installed else "those that come with atoll stay",
        )
    with tempfile.TemporaryDirectory(dir=home(), prefix=".old-") as place:
        installed[name].rename(Path(place, "old"))


def _all() -> dict[str, Path]:
    return {**_folders(LIBRARY), **_folders(home())}


def _folders(place: Path) -> dict[str, Path]:
    folders = place.iterdir() if place.is_dir() else ()
    return {folder.name: folder for folder in folders if folder.is_dir() and folder.name[0] not in "._"}


def _load(folder: Path) -> Template:
    record = folder / _RECORD
    origin = Toml(record.read_text("utf-8"), str(record)).data.get("from") if record.is_file() else None
    return Template.load(folder, origin=origin)


def _copy(template: Template, target: Path) -> None:
    files = regular_files(template.folder)
    if len(files) > MAX_FILES or sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise UserError(
            "template-broken",
            f"the template `{template.id}` is larger than any needs to be: "
            f"it may have {MAX_FILES} files and {MAX_BYTES >> 20} MiB",
        )
    for file in files:
        copy = target / file.relative_to(template.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _unknown(name: str, ids: Iterable[str]) -> UserError:
    hint = meant(name, [*ids, *ALIASES], "`atoll templates list` shows all that there are")
    return UserError("template-unknown", f"there is no template `{name}`", hint)
