"""Arguments whose types nobody else checks while the program runs."""

from collections.abc import Mapping


def only(described: type, given: Mapping[str, object], function: str) -> None:
    """Raise TypeError for a keyword that is none of those: a limit that is misspelt must not be no limit."""
    for name in given:
        if name not in described.__annotations__:
            known = ", ".join(described.__annotations__)
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}; there are {known}")


def expect(kind: type, name: str, value: object) -> None:
    """Raise TypeError for a value of another class: what is no limit must not look like one."""
    if not isinstance(value, kind):
        shown = f"atoll.{kind.__name__}" if kind.__module__.startswith("atoll.") else kind.__name__
        raise TypeError(f"{name} must be {shown}; got {type(value).__name__}: {value!r}")
