"""Configuration that holds secrets and does not show them."""

from typing import Any

from msgspec import Struct


class Discreet(Struct):
    """A configuration whose text is its name alone, wherever it is printed: log, traceback or console."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []
