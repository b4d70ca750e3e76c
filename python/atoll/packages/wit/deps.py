"""What a WIT's folder needs of others: put into its `deps`, put back, renewed, and never anything else."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from atoll.errors import UserError, raise_all
from atoll.errors.meant import meant
from atoll.files import replace
from atoll.manifest.versions import Version
from atoll.packages.wit.lockfile import FILE, Lock, Locked, digest
from atoll.packages.wit.sources import At, Found, Source, Standard, found
from atoll.packages.wit.versions import Wanted

Key = tuple[str, Version | None]


@dataclass(slots=True)
class Changes:
    """Packages that were put into `deps` or taken from it, and files that name another version now."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)


def add(folder: Path, wanted: Wanted, sources: Sequence[Source]) -> Changes:
    """Have a package, and what it needs, in the `deps` of a WIT's folder; in place of one that it can stand for.

    The first source that has it gives it. Files of the folder that name the version that was asked for, or replaced,
    name the new one then. Raises UserError: `wit-package-unknown`, `wit-exists` where somebody else's
    files lie in its place, `wit-dependency-changed`.
    """
    lock = _checked(folder)
    new = _find(wanted, sources)
    foreign = dict(_unlocked(folder, lock.packages))
    if new.key in foreign:
        raise _foreign(foreign[new.key])
    asked = Wanted(new.name, wanted.version or new.version)
    roots = [one for one in lock.packages if one.requirement and not _replaces(new, one)]
    changes = _put(folder, lock, [*roots, _locked(new, asked)], {new.key: new}, sources)
    former = [one.version for one in lock.packages if one.requirement and _replaces(new, one)]
    asked_for = [str(wanted.version)] if wanted.version else []
    changes.edited = sorted({file for one in (*former, *asked_for) for file in _rename(folder, one, new)})
    return changes


def restore(folder: Path, others: Sequence[Source] = ()) -> Changes:
    """Put back what the lock file names and `deps` lacks. Raises UserError where a source has something else now."""
    lock, changes = Lock.read(folder), Changes()
    for one in lock.packages:
        if (folder / "deps" / one.folder).is_dir():
            continue
        again = _find(Wanted(*one.key, exact=True), [*_sources(one, folder, others), Standard()])
        if digest(again.files) != one.digest:
            raise UserError(
                "wit-dependency-changed",
                f"`{one}` is not what {FILE} has any more: {one.source} has something else under this version",
                "look at the difference, then `atoll wit update` takes it",
            )
        _write(folder / "deps" / one.folder, again)
        changes.added.append(str(one))
    raise_all(lock.problems(folder))
    return changes


def update(folder: Path, names: Sequence[str] = (), others: Sequence[Source] = ()) -> Changes:
    """Renew packages as far as the newer ones can stand for those that were asked for; all of them without names.

    Files of the folder that name the former version name the new one then. Raises UserError as `add` does.
    """
    lock = _checked(folder)
    roots = [one for one in lock.packages if one.requirement]
    for name in names:
        if not any(one.name == name for one in roots):
            known = sorted({one.name for one in roots})
            raise UserError(
                "wit-package-unknown",
                f"`{name}` was not added to `{folder}`",
                meant(name, known, "`atoll wit add` adds a package"),
            )
    renewed: dict[Key, Found] = {}
    moved: list[tuple[str | None, Found]] = []
    kept: list[Locked] = []
    for one in roots:
        if names and one.name not in names:
            kept.append(one)
            continue
        new = _find(one.wanted, _sources(one, folder, others))
        renewed[new.key] = new
        kept.append(_locked(new, one.wanted))
        moved.append((one.version, new))
    sources = [source for one in roots for source in _sources(one, folder, others)]
    changes = _put(folder, lock, kept, renewed, sources)
    changes.edited = sorted({name for one, new in moved for name in _rename(folder, one, new)})
    return changes


def verify(folder: Path) -> None:
    """Raises UserError or Problems where `deps` is not what the lock file says."""
    raise_all(Lock.read(folder).problems(folder))


def _checked(folder: Path) -> Lock:
    if not folder.is_dir():
        raise UserError(
            "wit-folder-missing", f"there is no folder `{folder}`", "`atoll wit new` makes one, `--wit` names another"
        )
    lock = Lock.read(folder)
    raise_all(lock.problems(folder))
    return lock


def _put(folder: Path, lock: Lock, roots: list[Locked], new: dict[Key, Found], sources: Sequence[Source]) -> Changes:
    """Have the roots and all that they need, and nothing else of the lock."""
    had = {one.key: one for one in lock.packages}
    whole = _closure(folder, had, roots, new, [*sources, Standard()])
    asked = {one.key: one.requirement for one in roots}
    wanted = {key: _locked(package, None, asked.get(key)) for key, package in whole.items()}
    writes = [key for key, one in wanted.items() if key not in had or had[key].digest != one.digest]
    raise_all([_foreign(place) for key in writes if key not in had and (place := _place(folder, wanted[key])).exists()])
    gone = [one for key, one in had.items() if key not in wanted]
    for key in writes:
        _write(_place(folder, wanted[key]), whole[key])
    for one in gone:
        shutil.rmtree(_place(folder, one), ignore_errors=True)
    Lock([*wanted.values()]).write(folder)
    return Changes(sorted(str(wanted[key]) for key in writes), sorted(str(one) for one in gone))


def _closure(
    folder: Path, had: dict[Key, Locked], roots: list[Locked], new: dict[Key, Found], sources: Sequence[Source]
) -> dict[Key, Found]:
    """The roots with all that they need, each as it lies here or is found."""
    own = {key: found(_place(folder, one), one.source) for key, one in had.items()}
    foreign = dict(_unlocked(folder, had.values()))
    whole: dict[Key, Found] = {}
    ahead = [one.key for one in roots]
    while ahead:
        key = ahead.pop()
        if key in whole or key in foreign:
            continue
        package = new.get(key) or own.get(key) or _find(Wanted(*key, exact=True), sources)
        whole[key] = package
        ahead.extend((one.name, one.version) for one in package.needs)
    return whole


def _unlocked(folder: Path, locked: Iterable[Locked]) -> Iterator[tuple[Key, Path]]:
    """What somebody else put into `deps`, and where."""
    folders = {one.folder for one in locked}
    for place in sorted((folder / "deps").glob("*")):
        if place.name not in folders and (place.is_dir() or place.suffix == ".wit"):
            yield found(place, "").key, place


def _find(wanted: Wanted, sources: Sequence[Source]) -> Found:
    for source in sources:
        package = source.find(wanted)
        if package is not None:
            return package
    known = sorted({key[0] for key in Standard().packages})
    versions = [str(key[1]) for key in Standard().packages if key[0] == wanted.name and key[1]]
    hint = f"atoll brings {', '.join(versions)}; a package of your own is added with --from" if versions else None
    raise UserError(
        "wit-package-unknown",
        f"nobody has the package `{wanted}`",
        hint or meant(wanted.name, known, "a package of your own is added with --from"),
    )


def _sources(locked: Locked, folder: Path, others: Sequence[Source]) -> list[Source]:
    """Where a package came from."""
    kind, _, rest = locked.source.partition(":")
    if kind == "path":
        return [At(folder / rest, folder)]
    named = [source for source in (*others, Standard()) if source.name == locked.source]
    if named:
        return named
    if kind == "registry":
        # With it comes a client of HTTP.
        from atoll.packages.wit.registries import Registry

        return [Registry(rest or None)]
    raise UserError(
        "wit-lock-invalid",
        f"`{locked}` comes from `{locked.source}`, which this atoll does not know",
        f"remove it from {FILE}, and add it again",
    )


def _locked(package: Found, asked: Wanted | None, requirement: str | None = None) -> Locked:
    return Locked(
        name=package.name,
        version=str(package.version) if package.version else None,
        requirement=str(asked) if asked else requirement,
        source=package.source,
        digest=digest(package.files),
    )


def _replaces(new: Found, old: Locked) -> bool:
    """Whether a package takes another's place: its own, or that of a version that it can stand for."""
    name, version = old.key
    return name == new.name and (version and version.track) == (new.version and new.version.track)


def _place(folder: Path, locked: Locked) -> Path:
    return folder / "deps" / locked.folder


def _write(place: Path, package: Found) -> None:
    """Whole or not at all."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=place.parent) as made:
            whole = Path(made, "package")
            whole.mkdir()
            for name, content in package.files.items():
                (whole / name).write_bytes(content)
            if place.is_dir():
                shutil.rmtree(place)
            whole.rename(place)
    except OSError as error:
        raise UserError(
            "output-unwritable", f"`{place}` cannot be written: {error.strerror}", "let the folder be written to"
        ) from None


def _rename(folder: Path, old: str | None, new: Found) -> Iterator[str]:
    """Have the folder's own files name the new version where they name the old; the files that did."""
    if old is None or new.version is None or old == str(new.version):
        return
    named = re.compile(rf"(?<![\w:-])({re.escape(new.name)}/[\w-]+)@{re.escape(old)}(?![\w+-]|\.\d)")
    for file in sorted(folder.glob("*.wit")):
        text = file.read_text("utf-8")
        changed = named.sub(rf"\g<1>@{new.version}", text)
        if changed != text:
            replace(file, changed.encode())
            yield file.name


def _foreign(place: Path) -> UserError:
    return UserError(
        "wit-exists", f"`{place}` lies where the package belongs, and {FILE} does not have it", "move it away"
    )
