"""Files that are written all together or not at all."""

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from atoll.errors import UserError
from atoll.files import replace

_SHOWN = 5


def write(files: Mapping[Path, bytes], folders: Iterable[Path] = ()) -> None:
    """Write the files, over what is there, and make the folders. What was done is undone if one of them cannot be.

    Raises UserError `project-unwritable`.
    """
    try:
        with ExitStack() as undo:
            for folder in folders:
                _make(folder, undo)
            for file, content in files.items():
                _make(file.parent, undo)
                _write(file, content, undo)
            undo.pop_all()
    except OSError as error:
        raise UserError(
            "project-unwritable",
            f"{error.filename} cannot be written: {(error.strerror or '').lower()}",
            "nothing was written; choose another folder with -o, or make this one writable",
        ) from None


def refuse_existing(files: Iterable[Path], base: Path) -> None:
    """Raises UserError `file-exists` if one of the files is there, naming them relative to `base`."""
    there = [file for file in files if os.path.lexists(file)]
    if there:
        names = ", ".join(os.path.relpath(file, base) for file in there[:_SHOWN])
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        raise UserError(
            "file-exists",
            f"this would be overwritten: {names}{more}",
            "choose another name, or another folder with -o; --allow-overwrite writes over it",
        )


def _make(folder: Path, undo: ExitStack) -> None:
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir()
        undo.callback(one.rmdir)


def _write(file: Path, content: bytes, undo: ExitStack) -> None:
    if os.path.lexists(file):
        undo.callback(replace, file, file.read_bytes())
        replace(file, content)
    else:
        undo.callback(file.unlink, missing_ok=True)
        file.write_bytes(content)
