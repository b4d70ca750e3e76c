"""Chooses what goes, and removes it. What somebody uses, or is at writing, stays."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from atoll.cache.contents import Kind
from atoll.cache.entry import Entry
from atoll.errors import AtollError, UserError, raise_all

# Seconds without any change after which a thing that was never finished is a process's that has ended.
_ABANDONED = 3600.0


@dataclass(slots=True)
class Chosen:
    """Of one kind: what goes, how many bytes that frees, and how many things stay because they are in use."""

    kind: Kind
    going: list[Entry] = field(default_factory=list)
    size: int = 0
    in_use: int = 0


def entries(kind: Kind) -> list[Entry]:
    """What there is of a kind. Raises UserError `cache-unusable`."""
    try:
        return kind.entries()
    except OSError as error:
        raise _unusable(error, "read") from None


def unused(kinds: Iterable[Kind], older_than: float) -> list[Chosen]:
    """What nobody has used for so many seconds, and no thing that stays needs; and what was never finished.

    Raises UserError `cache-unusable`.
    """
    now = time.time()

    def goes(_: Kind, entry: Entry, needed: Collection[str]) -> bool:
        return entry.name not in needed and now - entry.used >= (_ABANDONED if entry.unfinished else older_than)

    return _chosen(kinds, goes)


def everything(kinds: Iterable[Kind], names: Collection[str]) -> list[Chosen]:
    """All of the kinds of these names. Raises UserError `cache-unusable`."""
    now = time.time()

    def goes(kind: Kind, entry: Entry, _: Collection[str]) -> bool:
        return kind.name in names and not (entry.unfinished and now - entry.used < _ABANDONED)

    return [one for one in _chosen(kinds, goes) if one.kind.name in names]


def remove(chosen: Iterable[Chosen]) -> None:
    """Remove what was chosen, as far as nobody has begun to use it. Raises UserError or Problems `cache-unusable`."""
    problems = list[AtollError]()
    for one in chosen:
        failed = None
        for entry in list(one.going):
            try:
                gone = entry.remove()
            except OSError as error:
                failed, gone = error, True
            if not gone:
                one.going.remove(entry)
                one.size -= entry.size
                one.in_use += 1
        if failed is not None:
            problems.append(_unusable(failed, "removed"))
    raise_all(problems)


def _chosen(kinds: Iterable[Kind], goes: Callable[[Kind, Entry, Collection[str]], bool]) -> list[Chosen]:
    needed = set[str]()
    found = []
    for kind in kinds:
        one = Chosen(kind)
        for entry in entries(kind):
            if goes(kind, entry, needed):
                if not entry.is_in_use():
                    one.going.append(entry)
                    continue
                one.in_use += 1
            needed |= entry.needs
        # A file that has another name, in an app that stays, takes its room still.
        one.size = sum(entry.size for entry in one.going if entry.name not in needed)
        found.append(one)
    return found


def _unusable(error: OSError, what: str) -> UserError:
    return UserError(
        "cache-unusable",
        f"{error.filename} of the cache cannot be {what}: {error.strerror}",
        "mend its owner and permissions",
    )
