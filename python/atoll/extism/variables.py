"""A plug-in's variables: bytes by name, and what they count for."""

from collections.abc import Iterator, MutableMapping

from atoll.extism.errors import Error

MOST_BYTES = 1 << 20
ENTRY = 48
"""What a variable counts for beside the bytes of its name and value."""


class Variables(MutableMapping[str, bytes]):
    """The variables of one plug-in; `size` is what they count for together."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._values: dict[str, bytes] = {}
        self.size = 0

    def check(self) -> None:
        """Raises Error where there are to be none."""
        if self._most == 0:
            raise Error("Vars are disabled by this host")

    def put(self, name: str, value: bytes) -> None:
        """Set one for the plug-in. Raises Error where there is no room for it beside all that is there."""
        if self.size + _size(name, value) > self._most:
            raise Error("Variable store is full")
        self[name] = value

    def __getitem__(self, name: str) -> bytes:
        return self._values[name]

    def __setitem__(self, name: str, value: bytes) -> None:
        self.pop(name, None)
        self._values[name] = value
        self.size += _size(name, value)

    def __delitem__(self, name: str) -> None:
        self.size -= _size(name, self._values.pop(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _size(name: str, value: bytes) -> int:
    return len(name.encode()) + len(value) + ENTRY
