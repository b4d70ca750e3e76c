"""The files of a generated package in their folder: written, compared, and never over somebody else's."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from atoll.embed.bind.front import MARK
from atoll.errors import UserError, raise_all


def write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write what differs, and remove what an earlier package had and this one has not; the names of these files.

    Raises UserError `bind-foreign`, or Problems with all such files, before anything is written.
    """
    changed = [name for name, content in files.items() if _differs(folder / name, content)]
    raise_all([_foreign(folder / name) for name in changed if _is_foreign(folder / name)])
    left = [*_left(folder, files)]
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (folder / name).write_bytes(files[name])
    for name in left:
        (folder / name).unlink()
    return sorted([*changed, *left])


def check(folder: Path, files: Mapping[str, bytes]) -> None:
    """Raises UserError `bind-stale`, or Problems with all files that would change."""
    stale = [name for name, content in files.items() if _differs(folder / name, content)]
    raise_all([_stale(folder / name) for name in sorted([*stale, *_left(folder, files)])])


def _differs(file: Path, content: bytes) -> bool:
    try:
        return file.read_bytes() != content
    except OSError:
        return True


def _begins(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(len(MARK))
    except OSError:
        return b""


def _is_foreign(file: Path) -> bool:
    # A component has no room for a mark: the package around it says whose it is.
    marked = file if file.suffix == ".py" else file.with_name("__init__.py")
    return file.exists() and _begins(marked) != MARK.encode()


def _left(folder: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """Modules that an earlier package had."""
    for file in sorted(folder.glob("*.py")):
        if file.name not in files and _begins(file) == MARK.encode():
            yield file.name


def _foreign(file: Path) -> UserError:
    hint = "name another folder, or move the file away"
    return UserError("bind-foreign", f"`{file}` was not made by `atoll bind`, so it is not written over", hint)


def _stale(file: Path) -> UserError:
    return UserError("bind-stale", f"`{file}` does not fit the component any more", "run `atoll bind` again")
