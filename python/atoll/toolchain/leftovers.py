"""What lies among the toolchains and belongs to none: former parts, parts that were never finished, and caches."""

from collections.abc import Iterator
from pathlib import Path

from atoll.cache.contents import Kind
from atoll.cache.entry import Entry, measured
from atoll.toolchain.place import Place, here


def kind() -> Kind:
    """A kind of the cache. What is installed is not of it: `atoll toolchain remove` removes that."""
    place = here()
    about = "former parts of toolchains, and what compilers keep"
    return Kind("toolchains", about, (place.folder,), lambda: [*_entries(place)])


def _entries(place: Place) -> Iterator[Entry]:
    for path in place.leftovers():
        about = measured(path)
        # Nobody is at it, for whoever installs holds the lock.
        yield _entry(place, path, about.changed, about.size, unfinished=True)
    for path in place.caches():
        about = measured(path)
        yield _entry(place, path, about.written, about.size, unfinished=False)


def _entry(place: Place, path: Path, used: float, size: int, *, unfinished: bool) -> Entry:
    return Entry(paths=(path,), used=used, size=size, lock=place.lock, unfinished=unfinished)
