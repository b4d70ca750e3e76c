"""Files that somebody may have meant who wrote a path that leads nowhere."""

import os
from pathlib import Path, PurePosixPath

_MOST_LOOKED_AT = 50_000
_MOST_FOUND = 3
# What compilers keep for themselves.
_SKIPPED = {"node_modules", "deps", "incremental", "__pycache__"}


def nearby(base: Path, wanted: str) -> list[str]:
    """The files below `base` with that name, relative to it; `-` and `_` count as the same, as compilers mix them."""
    name = _plain(PurePosixPath(wanted).name)
    found: list[str] = []
    looked = 0
    for folder, below, files in os.walk(base):
        below[:] = sorted(one for one in below if one not in _SKIPPED and not one.startswith("."))
        found += [os.path.relpath(os.path.join(folder, one), base) for one in files if _plain(one) == name]
        looked += len(files) + len(below)
        if looked > _MOST_LOOKED_AT or len(found) > _MOST_FOUND:
            break
    return sorted(found)[:_MOST_FOUND]


def there_is(found: list[str]) -> str:
    """A hint that names them."""
    return f"there is {' and '.join(f'`{one}`' for one in found)}"


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()
