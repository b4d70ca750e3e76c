"""What somebody probably meant who wrote a name that is not known: one hint for all kinds of names."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

_MAX_COMPARED = 500
_MAX_LISTED = 20
_MEANT = re.compile(r"did you mean `([^`]+)`\?")


def near(name: str, known: Iterable[str]) -> str | None:
    """The known name that is close to this one."""
    found = get_close_matches(name, sorted(known)[:_MAX_COMPARED], n=1)
    return found[0] if found else None


def meant(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A hint: the known name that is close to this one, else `otherwise`, by default all that there are."""
    options = sorted(known)
    if close := near(name, options):
        return f"did you mean `{close}`?"
    if otherwise is not None:
        return otherwise
    listed = ", ".join(f"`{option}`" for option in options[:_MAX_LISTED])
    return f"known here: {listed}{', …' if len(options) > _MAX_LISTED else ''}"


def proposed(hint: str | None) -> str | None:
    """The name that a hint of `meant` proposes, if it does."""
    found = _MEANT.fullmatch(hint or "")
    return found[1] if found else None
