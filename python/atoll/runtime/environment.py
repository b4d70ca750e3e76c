"""The runtime config from the environment: `ATOLL_RUNTIME_CONFIG__OUTBOUND_REDIS__MAX_CONNECTIONS=8` over the file.

`__` stands between tables, entries of lists and keys, which are taken in small letters; an entry is its number. The
value is one of TOML; what is none is text. What no key of the runtime config takes is refused, as in the file.
"""

import copy
import tomllib
from collections.abc import Mapping
from typing import Any

from atoll.errors import Location, UserError
from atoll.manifest.positions import Path
from atoll.manifest.toml import Toml

PREFIX = "ATOLL_RUNTIME_CONFIG__"
_MOST_PARTS = 16


class Overlaid:
    """A file with the environment's keys over its own: the `data`, and where each key of it stands.

    Raises UserError `runtime-config-invalid` for a variable that names no place in it.
    """

    def __init__(self, toml: Toml, environment: Mapping[str, str]) -> None:
        self._toml = toml
        self._named: dict[Path, str] = {}
        self.data: dict[str, Any] = copy.deepcopy(toml.data)
        for name in sorted(filter(_is_ours, environment), key=_order):
            self._put(name, environment[name])

    def location(self, path: Path, *, key: bool = False) -> Location:
        """The place in the file, or the variable that has this key."""
        above = [self._named[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._named]
        below = [name for named, name in self._named.items() if named[: len(path)] == path]
        names = above or ([] if self._toml.holds(path) else below)
        if path and not names and not self._toml.holds(path):
            return self.location(path[:-1])
        return Location(names[0], 1, 1, "…") if names else self._toml.location(path, key=key)

    def _put(self, name: str, text: str) -> None:
        *tables, last = parts = _parts(name)
        if not all(parts) or len(parts) > _MOST_PARTS:
            raise UserError("runtime-config-invalid", f"the environment variable {name} names no key")
        node: Any = self.data
        path: Path = ()
        for part, following in zip(tables, parts[1:], strict=True):
            node, path = _below(name, node, path, part, [] if following.isdigit() else {})
        _, path = _below(name, node, path, last, None)
        node[path[-1]] = _value(text)
        self._named[path] = name


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX)


def _parts(name: str) -> list[str]:
    return name.removeprefix(PREFIX).lower().split("__")


def _order(name: str) -> list[tuple[int, str]]:
    """The tenth entry comes behind the ninth."""
    return [(len(part) if part.isdigit() else 0, part) for part in _parts(name)]


def _below(name: str, node: Any, path: Path, part: str, otherwise: Any) -> tuple[Any, Path]:
    """What stands under this part, and its path; `otherwise` is put there first if nothing does."""
    if isinstance(node, dict):
        return node.setdefault(part, otherwise), (*path, part)
    if isinstance(node, list) and part.isdecimal() and len(part) < 10 and int(part) <= len(node):
        if int(part) == len(node):
            node.append(otherwise)
        return node[int(part)], (*path, int(part))
    what = "entries are counted from 0 on" if isinstance(node, list) else f"what stands before `{part}` is no table"
    raise UserError("runtime-config-invalid", f"the environment variable {name} names no key: {what}")


def _value(text: str) -> Any:
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    # With line breaks it could have been more than a value.
    return read["value"] if len(read) == 1 else text
