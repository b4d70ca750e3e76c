"""Keyword arguments that are described by a TypedDict, which nobody checks while the program runs."""

from collections.abc import Mapping


def only(described: type, given: Mapping[str, object], function: str) -> None:
    """Raise TypeError for a keyword that is none of those: a limit that is misspelt must not be no limit."""
    for name in given:
        if name not in described.__annotations__:
            known = ", ".join(described.__annotations__)
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}; there are {known}")
