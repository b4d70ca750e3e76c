"""What packages say about themselves (`importlib.metadata`), kept in memory: versions and entry points can be asked for later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, DistributionFinder, distributions
from os import PathLike
from typing import NoReturn

__all__ = ("KeptDistributions",)

_FILES = ("METADATA", "entry_points.txt", "top_level.txt")


class KeptDistributions(DistributionFinder):
    """A finder that finds distributions alone, among those that were there while the component was built."""

    def __init__(self, folders: list[str]) -> None:
        found = distributions(path=folders)
        self._kept = {_plain(each.name): _Kept({name: each.read_text(name) for name in _FILES}) for each in found}

    def find_distributions(
        self, context: DistributionFinder.Context = DistributionFinder.Context()
    ) -> Iterator[Distribution]:
        """Those of a name, or all."""
        if context.name is None:
            yield from self._kept.values()
        elif (found := self._kept.get(_plain(context.name))) is not None:
            yield found

    def find_spec(self, *_: object) -> None:
        """No module."""


class _Kept(Distribution):
    def __init__(self, files: dict[str, str | None]) -> None:
        # The description, which is long, is left out.
        self._files = {**files, "METADATA": (files["METADATA"] or "").partition("\n\n")[0] + "\n"}

    def read_text(self, filename: str) -> str | None:
        return self._files.get(filename)

    def locate_file(self, path: str | PathLike[str]) -> NoReturn:
        raise FileNotFoundError(f"{path}: a component has no files of its packages")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
