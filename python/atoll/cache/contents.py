"""What lies in the cache, by kind. Only names that atoll gives are looked at: the folders may be shared."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from atoll.cache.entry import Entry, files, measured
from atoll.cache.folders import CacheFolders

_DIGEST = r"sha(?:256|512)[:-][0-9a-f]{64,128}"
_APP = re.compile(_DIGEST)
_BLOB = re.compile(_DIGEST)
_PARTIAL = re.compile(rf"\.{_DIGEST}\.partial")
_SIGNATURES = re.compile(rf"({_DIGEST})\.json")
_CODE = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}\.cwasm")
_SEAL = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}\.seal")
_COMPOSED = re.compile(r"[0-9a-f]{64}\.wasm")
_PACKAGES = re.compile(r"[0-9a-f]{24}")
# What the makers of files and folders call them until they are whole, `atoll.files.replace` and Rust's `tempfile` among
# them.
_UNFINISHED = (
    *(r"\.(?:new|unpacked)-\w{8}", r"\.sha(?:256|512)-[0-9a-f]+\.\w{8}", r"\.gone-\w{8}"),
    *(r"tmp\w{8}\.tar\.gz", r"\.tmp\w{6}", r"\.key-\d+", r"\.\w{8}"),
)
_BEGUN = re.compile("|".join((*_UNFINISHED, _SEAL.pattern, _APP.pattern, _PACKAGES.pattern)))


@dataclass(frozen=True, slots=True)
class Kind:
    """Things of one kind: where they lie, and which there are now. `entries` raises OSError."""

    name: str
    about: str
    folders: tuple[Path, ...]
    entries: Callable[[], list[Entry]]


def kinds(root: Path) -> list[Kind]:
    """The kinds of one cache directory, those that need others first."""
    at = CacheFolders(root)

    def kind(name: str, about: str, found: Callable[[CacheFolders], Iterator[Entry]], *folders: Path) -> Kind:
        return Kind(name, about, folders, lambda: [*found(at)])

    return [
        kind("apps", "apps that were pulled from registries", _apps, at.apps),
        kind("blobs", "files of registries and addresses", _blobs, at.wasm, at.data),
        kind("signatures", "signatures of what was pulled", _signatures, at.signatures),
        kind("composed", "components that were composed", _composed, at.composed),
        kind("code", "machine code", _code, at.code),
        kind("packages", "packages that Python projects require", _packages, at.python_component),
    ]


def _apps(at: CacheFolders) -> Iterator[Entry]:
    for found in files(at.apps):
        path = Path(found.path)
        manifest = path / "spin.toml"
        if not _APP.fullmatch(found.name) or not manifest.is_file():
            yield from _unfinished(path)
            continue
        wasm = {_same_file(Path(each.path)) for each in files(path / "wasm")}
        yield Entry(
            paths=(path,),
            used=manifest.stat().st_mtime,
            size=measured(path).size,
            lock=manifest,
            needs=frozenset(wasm | {_signed(found.name)}),
        )


def _blobs(at: CacheFolders) -> Iterator[Entry]:
    for folder in (at.wasm, at.data):
        for found in files(folder):
            path, about = Path(found.path), found.stat(follow_symlinks=False)
            if _BLOB.fullmatch(found.name) or _PARTIAL.fullmatch(found.name):
                # What has arrived of a blob is locked by whoever receives it, and taken up by the next.
                signature = frozenset({_signed(found.name)})
                yield Entry(
                    paths=(path,),
                    used=about.st_mtime,
                    size=about.st_size,
                    lock=path,
                    name=_same_file(path),
                    needs=signature,
                )
            else:
                yield from _unfinished(path)


def _signatures(at: CacheFolders) -> Iterator[Entry]:
    for found in files(at.signatures):
        path, about = Path(found.path), found.stat(follow_symlinks=False)
        if match := _SIGNATURES.fullmatch(found.name):
            yield Entry(paths=(path,), used=about.st_mtime, size=about.st_size, name=_signed(match[1]))
        else:
            yield from _unfinished(path)


def _composed(at: CacheFolders) -> Iterator[Entry]:
    for found in files(at.composed):
        path, about = Path(found.path), found.stat(follow_symlinks=False)
        if _COMPOSED.fullmatch(found.name):
            yield Entry(paths=(path,), used=about.st_mtime, size=about.st_size, lock=path)
        else:
            yield from _unfinished(path)


def _code(at: CacheFolders) -> Iterator[Entry]:
    """Each with its seal. The folder's key stays: processes that run have it, and seal with it."""
    found = {entry.name: entry for entry in files(at.code)}
    for name, entry in found.items():
        path = Path(entry.path)
        if _CODE.fullmatch(name):
            seal, about = path.with_suffix(".seal"), entry.stat(follow_symlinks=False)
            size = about.st_size + (found[seal.name].stat().st_size if seal.name in found else 0)
            # A server that never compiles holds the folder.
            yield Entry(paths=(path, seal), used=about.st_mtime, size=size, lock=at.code)
        elif not (_SEAL.fullmatch(name) and path.with_suffix(".cwasm").name in found):
            yield from _unfinished(path)


def _packages(at: CacheFolders) -> Iterator[Entry]:
    for found in files(at.python_component):
        path = Path(found.path)
        told = path / "packages.json"
        if _PACKAGES.fullmatch(found.name) and told.is_file():
            yield Entry(paths=(path,), used=told.stat().st_mtime, size=measured(path).size, lock=told)
        else:
            yield from _unfinished(path)


def _unfinished(path: Path) -> Iterator[Entry]:
    """What a process has begun and not ended, if the name is of that kind; else it is somebody else's."""
    if _BEGUN.fullmatch(path.name):
        about = measured(path)
        # Who unpacks sets the time of change as it was packed; the system's own mark cannot be set.
        yield Entry(paths=(path,), used=about.changed, size=about.size, unfinished=True)


def _same_file(path: Path) -> str:
    """One name for all links to a file."""
    about = path.lstat()
    return f"file {about.st_dev} {about.st_ino}"


def _signed(digest: str) -> str:
    return f"signatures {digest.replace(':', '-')}"
