"""Names with one or several values: the headers of a message, the parameters of a query, the fields of a form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Self
from urllib.parse import parse_qsl

__all__ = ("HeaderSource", "Headers", "Values")


class Values(Mapping[str, str]):
    """Names in their order, each with its values. `values["a"]` is the first one; names are told apart by case."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(self._key(name), []).append(value)

    @classmethod
    def parsed(cls, text: str) -> Self:
        """What a query, or a form, says."""
        return cls(parse_qsl(text, keep_blank_values=True)) if text else cls()

    def get_all(self, name: str) -> list[str]:
        """Every value of a name, in order; empty where there is none."""
        return list(self._values.get(self._key(name), ()))

    def pairs(self) -> list[tuple[str, str]]:
        """Every name with every value."""
        return [(name, value) for name, values in self._values.items() for value in values]

    @staticmethod
    def _key(name: str) -> str:
        return name

    def __getitem__(self, name: str) -> str:
        return self._values[self._key(name)][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.pairs()!r})"


class Headers(Values, MutableMapping[str, str]):
    """The headers of a message, whatever the case of their names; `headers["a"]` is all values, joined by `, `."""

    def __getitem__(self, name: str) -> str:
        key = self._key(name)
        return ("; " if key == "cookie" else ", ").join(self._values[key])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._key(name) in self._values

    def __setitem__(self, name: str, value: str) -> None:
        self._values[self._key(name)] = [value]

    def __delitem__(self, name: str) -> None:
        del self._values[self._key(name)]

    def add(self, name: str, value: str) -> None:
        """One more value, beside those that the name has."""
        self._values.setdefault(self._key(name), []).append(value)

    @classmethod
    def of(cls, source: HeaderSource) -> Self:
        """Headers from a mapping, or from pairs."""
        return cls(source.pairs() if isinstance(source, Values) else _pairs(source))

    @classmethod
    def received(cls, entries: Iterable[tuple[str, bytes]]) -> Self:
        """Headers as the host gives them."""
        return cls((name, value.decode("latin-1")) for name, value in entries)

    def sent(self) -> list[tuple[str, bytes]]:
        """Headers as the host takes them."""
        return [(name, value.encode("latin-1")) for name, values in self._values.items() for value in values]

    @staticmethod
    def _key(name: str) -> str:
        return name.lower()


HeaderSource = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers may be given as a mapping or as pairs."""


def _pairs(source: HeaderSource) -> Iterable[tuple[str, str]]:
    return source.items() if isinstance(source, Mapping) else source
