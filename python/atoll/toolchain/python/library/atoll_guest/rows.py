"""What statements of SQL give: columns by name, and rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ("Result",)


@dataclass(frozen=True)
class Result:
    """What a statement gave: its columns by name, and rows, over which this iterates."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries by the columns' names."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]
