"""Objects as files in a folder: `a/b.txt` is the file `b.txt` in the folder `a`.

Folders are walked part by part without following links, so no name leads out of the container, whatever lies in it.
An object is written beside the others and moved into place: nobody sees half of one, and a process that is killed
leaves no more than a file in the folder of uploads, which the next one removes.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.blobstore.provider import (
    PAGE,
    PORTION,
    NoSuchObject,
    Object,
    Other,
    bounds,
    check_name,
)
from atoll.capabilities.blobstore.uploads import FileUpload, sweep
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe in the folder must not hold up whoever opens it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LONGEST_PART = 255

OWN = ".atoll"
"""What atoll keeps beside the objects."""

UPLOADS = "uploads"
"""In there, the files that are not objects yet."""

_TRIES = 100


class LocalConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys beside `type = "local"`."""

    path: Annotated[str | None, Doc("The folder, relative to this file; `blobstore/LABEL` in the app's state.")] = None


class Files:
    """A container in one folder, which is made with the first object."""

    def __init__(self, folder: Path, *, lasting: bool) -> None:
        self._folder = folder
        self._lasting = lasting
        self._is_swept = False

    def created_at(self) -> int:
        """When the first object was written: what is beside the objects was made then."""
        with _explained(), suppress(FileNotFoundError):
            return int((self._folder / OWN).stat().st_mtime)
        return 0

    def info(self, name: str) -> Object | None:
        """A look at the file."""
        with _explained(), self._open(name) as file:
            if file is None:
                return None
            found = os.fstat(file)
            return Object(found.st_size, int(found.st_mtime))

    def read(self, name: str, start: int, end: int) -> tuple[int, Iterator[bytes]] | None:
        """The file is held open: what is read is the object of now, even if it is deleted meanwhile."""
        with _explained(), self._open(name) as file:
            if file is None:
                return None
            begin, stop = bounds(os.fstat(file).st_size, start, end)
            return stop - begin, _portions(os.dup(file), begin, stop)

    def write(self, name: str) -> FileUpload:
        """A file beside the objects."""
        _parts(name)
        with _explained():
            uploads = self._folder / OWN / UPLOADS
            uploads.mkdir(parents=True, exist_ok=True)
            if not self._is_swept:
                sweep(uploads)
                self._is_swept = True
            return FileUpload(uploads, lambda file: self._put(file, name), lasting=self._lasting)

    def names(self) -> Iterator[list[str]]:
        """Folder by folder; links and what is no file are left out."""
        page: list[str] = []
        folders = [""]
        while folders:
            prefix = folders.pop()
            for name, is_folder in self._entries(prefix):
                if is_folder:
                    folders.append(f"{name}/")
                    continue
                page.append(name)
                if len(page) == PAGE:
                    yield page
                    page = []
        if page:
            yield page

    def delete(self, names: list[str]) -> None:
        """The files, and the folders that are empty then."""
        for name in names:
            *folders, last = _parts(name)
            with _explained(), self._descend(folders) as folder:
                if folder is None or not _is_file(last, folder):
                    continue
                with suppress(FileNotFoundError):
                    os.unlink(last, dir_fd=folder)
            self._prune(folders)

    def copy(self, source: str, destination: str) -> None:
        """A copy that the kernel makes, moved into place."""
        upload = self.write(destination)
        try:
            with _explained(), self._open(source) as file:
                if file is None:
                    raise NoSuchObject(source)
                upload.fill(file)
            upload.finish()
        finally:
            upload.close()

    def rename(self, source: str, destination: str) -> None:
        """A move of the file."""
        *folders, last = _parts(source)
        _parts(destination)
        with _explained(), self._descend(folders) as folder:
            if folder is None or not _is_file(last, folder):
                raise NoSuchObject(source)
            self._put(last, destination, folder)
        self._prune(folders)

    def _put(self, file: str, name: str, within: int | None = None) -> None:
        """Move the file to its name. Someone may remove a folder that has just become empty: then it is made anew."""
        *folders, last = _parts(name)
        for _ in range(_TRIES):
            with _explained(), self._descend(folders, make=True) as folder:
                if folder is None:
                    continue
                if not _is_place(last, folder):
                    raise Other(f'there are objects below "{name}/", so none can have this name in a folder of files')
                with suppress(FileNotFoundError):
                    os.rename(file, last, src_dir_fd=within, dst_dir_fd=folder)
                    if self._lasting:
                        os.fsync(folder)
                    return
        raise Other(f'the object "{name}" could not be put in its place')

    @contextmanager
    def _open(self, name: str) -> Iterator[int | None]:
        """The object's file; None if there is none."""
        *folders, last = _parts(name)
        with self._descend(folders) as folder:
            file = None if folder is None else _opened(last, folder)
            try:
                is_object = file is not None and stat.S_ISREG(os.fstat(file).st_mode)
                yield file if is_object else None
            finally:
                if file is not None:
                    os.close(file)

    @contextmanager
    def _descend(self, folders: list[str], *, make: bool = False) -> Iterator[int | None]:
        """The innermost of the folders; None where there is none, or something else of that name."""
        folder = self._walk(folders, make)
        try:
            yield folder
        finally:
            if folder is not None:
                os.close(folder)

    def _walk(self, folders: list[str], make: bool) -> int | None:
        try:
            folder = os.open(self._folder, _FOLDER & ~os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        for part in folders:
            try:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=folder)
                inner = os.open(part, _FOLDER, dir_fd=folder)
            except FileNotFoundError:
                return None
            except NotADirectoryError as error:
                if make:
                    raise Other("a part of the name is an object itself, so it cannot be a folder of files") from error
                return None
            finally:
                os.close(folder)
            folder = inner
        return folder

    def _entries(self, prefix: str) -> Iterator[tuple[str, bool]]:
        with _explained(), self._descend(prefix.split("/")[:-1]) as folder:
            if folder is None:
                return
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = prefix + entry.name
                    if name == OWN or not _is_name(name):
                        continue
                    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
                        yield name, entry.is_dir(follow_symlinks=False)

    def _prune(self, folders: list[str]) -> None:
        while folders:
            *folders, last = folders
            with self._descend(folders) as folder:
                if folder is None:
                    return
                try:
                    os.rmdir(last, dir_fd=folder)
                except OSError:
                    # Someone has something in there, or put it there just now.
                    return


class Local(Files):
    """A container in a folder that stays."""

    Config: ClassVar[type[Struct]] = LocalConfig

    def __init__(self, config: LocalConfig, place: Place) -> None:
        usual = place.state / "blobstore" / place.label
        super().__init__(place.config / config.path if config.path else usual, lasting=True)


def _parts(name: str) -> list[str]:
    parts = check_name(name).split("/")
    if parts[0] == OWN:
        raise Other(f"`{OWN}` is what atoll keeps beside the objects, and no name for one of them")
    if any(len(part.encode()) > _LONGEST_PART for part in parts):
        raise Other(f"a part of the name is longer than {_LONGEST_PART} bytes, which no folder of files can hold")
    return parts


def _opened(name: str, folder: int) -> int | None:
    # A link is no object, and ELOOP here; a socket cannot be opened.
    with suppress(FileNotFoundError):
        if _is_file(name, folder):
            return os.open(name, _FILE, dir_fd=folder)
    return None


def _is_file(name: str, folder: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _is_place(name: str, folder: int) -> bool:
    """Whether an object may get this name: a folder has it otherwise, or nobody."""
    try:
        return not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return True


def _is_name(name: str) -> bool:
    """Other programs may have put files there with names that no guest could ask for."""
    try:
        check_name(name)
    except (Other, UnicodeEncodeError):
        return False
    return True


def _portions(file: int, start: int, stop: int) -> Iterator[bytes]:
    """The bytes of an open file, which is closed at their end or when nobody wants more."""
    with os.fdopen(file, "rb", buffering=0) as opened:
        while start < stop:
            portion = os.pread(opened.fileno(), min(PORTION, stop - start), start)
            if not portion:
                raise Other("the file became shorter while it was read")
            start += len(portion)
            yield portion


@contextmanager
def _explained() -> Iterator[None]:
    """What the system refuses, without the path, which is none of the guest's business."""
    try:
        yield
    except OSError as error:
        raise Other(f"the files cannot be used: {os.strerror(error.errno or 0)}") from error
