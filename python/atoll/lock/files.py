"""A component's files: copied into the run's working directory, or mounted where they are.

Manifests may come from strangers: nothing outside of the app's folder is ever read, neither through `..` nor through
links, and nothing is written outside of the component's own copy.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from atoll.errors import UserError
from atoll.lock import glob
from atoll.lock.parts import file_url
from atoll.manifest.model import Placement

Mount = dict[str, str]


class FileCopier:
    """Copies one component's files; without a `target` it only looks for them, and counts those that it `found`.

    Each method raises UserError for an entry that cannot be used.
    """

    def __init__(self, base: Path, target: Path | None, exclude: Iterable[str]) -> None:
        self.base = base
        self.real_base = base.resolve()
        self.target = target
        self.exclude = [_excluding(pattern) for pattern in exclude]
        self.found = 0

    def copy(self, entry: str | Placement) -> None:
        """Copy what one entry of `files` names."""
        if self.target is not None:
            self.target.mkdir(parents=True, exist_ok=True)
        if isinstance(entry, Placement):
            self._place(entry)
        else:
            self._pattern(entry)

    def _pattern(self, text: str) -> None:
        path = inside(text)
        source = self.base / path
        if source.is_dir():
            self._tree(glob.tree(self.base, path), path, path)
        elif source.is_file():
            self._file(source, path)
        elif glob.is_pattern(text):
            self._tree(self._found(path), "", "")
        else:
            raise UserError(
                "files-missing",
                f'"{text}" does not exist and doesn\'t appear to be a glob pattern',
                "paths are relative to the folder of the manifest",
            )

    def _found(self, pattern: str) -> Iterator[str]:
        try:
            return glob.find(self.base, pattern)
        except ValueError as error:
            raise UserError("files-invalid", str(error)) from None

    def _place(self, entry: Placement) -> None:
        source = inside(entry.source, may_be_folder=True)
        if (self.base / source).is_dir():
            folder = guest_path(entry.destination)
            self._tree(glob.tree(self.base, source), source, folder)
        elif (self.base / source).is_file():
            if entry.destination.endswith(("/", ".")) or not entry.destination:
                raise UserError(
                    "files-invalid",
                    f'"{entry.destination}" is not a valid destination file name',
                    "name the file that the guest shall see",
                )
            self._file(self.base / source, guest_path(entry.destination))
        else:
            raise UserError("files-missing", f'the file or folder "{entry.source}" does not exist')

    def _tree(self, found: Iterator[str], strip: str, below: str) -> None:
        # The list must be complete before the first copy: the working directory may lie in the app's folder.
        for path in list(found):
            if not any(pattern.matches(path) for pattern in self.exclude):
                relative = path[len(strip) :].lstrip("/") if strip else path
                self._file(self.base / path, f"{below}/{relative}" if below else relative)

    def _file(self, source: Path, guest: str) -> None:
        if not source.resolve().is_relative_to(self.real_base):
            raise _outside(str(source.relative_to(self.base)))
        self.found += 1
        if self.target is None:
            return
        target = self.target / guest
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # With its time of change, which a file server tells browsers: theirs is good after a restart, too.
            shutil.copy2(source, target)
        except OSError as error:
            raise UserError(
                "files-copy-failed", f'"{guest}" could not be copied for the guest: {error.strerror or error}'
            ) from None


def direct_mount(base: Path, entry: str | Placement) -> Mount:
    """The folder that one entry of `files` names, mounted where it is. Raises UserError for anything but a folder."""
    source, destination = (entry.source, entry.destination) if isinstance(entry, Placement) else (entry, entry)
    path = base / inside(source, may_be_folder=True)
    if not path.is_dir():
        raise UserError(
            "files-invalid",
            f'"{source}" is not a folder, and only folders can be mounted with --direct-mounts',
            "leave --direct-mounts out, or mount the folder that holds the file",
        )
    if not path.resolve().is_relative_to(base.resolve()):
        raise _outside(source)
    return {"source": file_url(path), "path": f"/{guest_path(destination)}"}


def inside(text: str, *, may_be_folder: bool = False) -> str:
    """A path of the manifest, normalised and relative to the app's folder ("" for that folder itself).

    Raises UserError if it leads outside, or ends in `.` or `..` where that is not allowed.
    """
    if "\0" in text:
        raise UserError("files-invalid", "a path cannot hold the character NUL")
    parts = text.split("/")
    if not may_be_folder and parts[-1] in (".", ".."):
        raise UserError(
            "files-invalid",
            f'the file pattern "{text}" can\'t end in `{parts[-1]}`',
            "to include a folder use { source, destination }, or a glob that ends in **/*",
        )
    path = os.path.normpath(text) if text else "."
    if PurePosixPath(path).is_absolute() or path.split("/")[0] == "..":
        raise _outside(text)
    return "" if path == "." else path


def guest_path(text: str) -> str:
    """Where a guest finds something, relative to its root. Raises UserError for a path that leaves it."""
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in text:
        raise UserError("files-invalid", f'the destination "{text}" leads out of the guest\'s files')
    return "/".join(parts)


def _excluding(pattern: str) -> glob.Pattern:
    try:
        return glob.Pattern(pattern, crosses_folders=True)
    except ValueError as error:
        raise UserError("files-invalid", f"in `exclude_files`: {error}") from None


def _outside(text: str) -> UserError:
    return UserError(
        "files-outside",
        f'"{text}" is outside the application directory',
        "files must be within the folder of the manifest; links that lead out of it are not followed",
    )
