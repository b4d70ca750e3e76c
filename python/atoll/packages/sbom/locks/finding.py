"""The lock files of a component: those of the folder where it is built, or of the nearest one above within the app."""

from collections.abc import Callable, Iterator
from pathlib import Path

from atoll.errors import UserError
from atoll.files import read_bounded
from atoll.packages.sbom.locks import MAX_BYTES, MAX_PACKAGES, Packages, cargo, go, npm, python

# One file of each group says it all; the first one that is there.
GROUPS: tuple[tuple[tuple[str, Callable[[str], Packages]], ...], ...] = (
    (("Cargo.lock", cargo.read),),
    (("npm-shrinkwrap.json", npm.read), ("package-lock.json", npm.read)),
    (
        ("uv.lock", python.read_lock),
        ("poetry.lock", python.read_lock),
        ("pylock.toml", python.read_pylock),
        ("requirements.txt", python.read_requirements),
    ),
    (("go.mod", go.read),),
)
NAMES = tuple(name for group in GROUPS for name, _ in group)


def lock_files(folder: Path, base: Path) -> Iterator[tuple[Path, Callable[[str], Packages]]]:
    """The lock files that hold for a folder, each with its reader; `base` is the app's folder."""
    for group in GROUPS:
        for place in _upward(folder, base):
            found = next(((place / name, read) for name, read in group if (place / name).is_file()), None)
            if found is not None:
                yield found
                break


def packages_of(file: Path, read: Callable[[str], Packages]) -> Packages:
    """The packages of a lock file. Raises UserError `lock-file-invalid`."""
    try:
        found = read(read_bounded(file, MAX_BYTES).decode())
    except (ValueError, KeyError, RecursionError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error) or "it nests too deeply"
        raise UserError("lock-file-invalid", f"{file} cannot be read: {why}", "make it anew, or remove it") from None
    except OSError as error:
        raise UserError("lock-file-invalid", f"{file} cannot be read: {error.strerror}") from None
    if len(found.materials) > MAX_PACKAGES:
        raise UserError("lock-file-invalid", f"{file} names more than {MAX_PACKAGES} packages")
    return found


def _upward(folder: Path, base: Path) -> Iterator[Path]:
    folder, base = folder.resolve(), base.resolve()
    yield folder
    if folder != base and folder.is_relative_to(base):
        yield from _upward(folder.parent, base)
