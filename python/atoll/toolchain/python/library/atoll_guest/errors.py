"""What the host says no to, as exceptions. Each module has its own errors; those of a missing grant are `Refused` too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from componentize_py_types import Err

__all__ = ("Refused", "translated")


class Refused(Exception):
    """The component's manifest does not grant this; the sentence says what to add."""


@contextmanager
def translated(translate: Callable[[Any], Exception]) -> Iterator[None]:
    """Errors of the host's interfaces become exceptions of ours."""
    try:
        yield
    except Err as error:
        raise translate(error.value) from None
