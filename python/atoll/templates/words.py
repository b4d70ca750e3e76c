"""Names in the spellings of languages.

Words are told apart as Rust's crate `heck` does it, which Spin's templates rely on: at what is no letter or digit,
where a capital follows a small letter, and before the last capital of several (`HTTPServer` is `http-server`).
"""

import re
from itertools import pairwise

_PART = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a name, as they are written."""
    return [word for part in _PART.findall(text) for word in _split(part)]


def kebab(text: str) -> str:
    """`my-new-app`."""
    return "-".join(words(text)).lower()


def snake(text: str) -> str:
    """`my_new_app`."""
    return "_".join(words(text)).lower()


def pascal(text: str) -> str:
    """`MyNewApp`."""
    return "".join(word[:1].upper() + word[1:].lower() for word in words(text))


def dotted_pascal(text: str) -> str:
    """`My.NewApp`: each part between dots by itself."""
    return ".".join(map(pascal, text.split(".")))


def _split(part: str) -> list[str]:
    found: list[str] = []
    start, small = 0, None
    for index, (char, following) in enumerate(pairwise(part)):
        # A digit is as small or as large as the letter before it.
        previous, small = small, char.islower() if char.isalpha() else small
        if small and following.isupper():
            found.append(part[start : index + 1])
            start, small = index + 1, None
        elif previous is False and char.isupper() and following.islower():
            found.append(part[start:index])
            start, small = index, None
    return [*found, part[start:]]
