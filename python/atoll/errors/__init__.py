"""The errors that a user can meet. Each has a code of the catalogue.

Raised are `UserError` (the user's to mend, exit code 1), `InternalError` (ours, exit code 2) and `Problems`
(several of them at once). `render` turns any of them into the text that the command line prints; nothing is printed
here.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from atoll.errors.catalogue import CODES

__all__ = (
    "CODES",
    "AtollError",
    "InternalError",
    "Location",
    "Problems",
    "UserError",
    "raise_all",
    "render",
    "visible",
)

_LONGEST_EXCERPT = 240


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: line and column count from 1, `source` is the line's text, `length` counts characters."""

    file: str
    line: int
    column: int
    source: str
    length: int = 1

    def excerpt(self) -> tuple[str, int]:
        """The source line and the offset of the marked text in it; of a very long line the part around the mark."""
        if len(self.source) <= _LONGEST_EXCERPT:
            return self.source, self.column - 1
        start = max(0, self.column - 1 - _LONGEST_EXCERPT // 2)
        return self.source[start : start + _LONGEST_EXCERPT], self.column - 1 - start


class AtollError(Exception):
    """One coded problem.

    code: what it is, as in the catalogue. message: a sentence. hint: what to do about it, where that is known.
    location: the place in a file, where there is one. path: the keys that lead there, or to what is missing.
    exit_code: what the command line ends with.
    """

    exit_code = 2

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        *,
        location: Location | None = None,
        path: tuple[str | int, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.location = location
        self.path = path
        self._advise(hint)

    def _advise(self, hint: str | None) -> None:
        """Tracebacks show notes: who calls this from Python sees no other text."""
        if hint:
            self.add_note(f"hint: {hint}")

    def to_dict(self) -> dict[str, object]:
        """The problem as plain values, for `--json`. What is not known is left out."""
        record: dict[str, object] = {"code": self.code, "message": self.message}
        if self.hint is not None:
            record["hint"] = self.hint
        if self.location is not None:
            place = self.location
            record["location"] = {
                "file": place.file,
                "line": place.line,
                "column": place.column,
                "source": place.excerpt()[0],
            }
        return record


class UserError(AtollError):
    """The user can mend this: manifest, arguments, files, guest."""

    exit_code = 1


class InternalError(AtollError):
    """The fault is ours or the machine's."""


class Problems(AtollError):
    """Everything that is wrong, at once: never empty, in the order of the file."""

    def __init__(self, problems: Iterable[AtollError]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.code, "; ".join(problem.message for problem in self.problems))
        self.exit_code = max(problem.exit_code for problem in self.problems)
        for hint in dict.fromkeys(problem.hint for problem in self.problems):
            self._advise(hint)

    def to_dict(self) -> dict[str, object]:
        """All problems as plain values: {"problems": [...]}."""
        return {"problems": [problem.to_dict() for problem in self.problems]}


def raise_all(problems: Iterable[AtollError]) -> None:
    """Raise the problems if there are any: one alone as itself, several as `Problems`, in the order of their places."""
    found = sorted(problems, key=_place)
    if len(found) == 1:
        raise found[0]
    if found:
        raise Problems(found)


def _place(problem: AtollError) -> tuple[str, int, int]:
    place = problem.location
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def render(error: AtollError) -> str:
    """The error as text: sentence, place, source line with a caret, hint.

    Several problems stand one below the other.
    """
    if isinstance(error, Problems):
        return "\n\n".join(render(problem) for problem in error.problems)
    lines = [f"error: {visible(error.message)}"]
    if error.location is not None:
        lines += _excerpt(error.location)
    if error.hint:
        lines.append(f"hint: {visible(error.hint)}")
    return "\n".join(lines)


def _excerpt(place: Location) -> list[str]:
    """The source line under its number, and a caret line that keeps its tabs so that both align."""
    number = str(place.line)
    gutter = " " * len(number)
    source, offset = place.excerpt()
    before, marked = source[:offset], source[offset : offset + place.length]
    pad = "".join("\t" if char == "\t" else " " * _width(char) for char in before)
    carets = "^" * max(1, sum(_width(char) for char in marked))
    return [
        f"{gutter}--> {visible(place.file)}:{place.line}:{place.column}",
        f"{gutter} |",
        f"{number} | {visible(source)}",
        f"{gutter} | {pad}{carets}",
    ]


def _width(char: str) -> int:
    """Columns that a terminal gives to the character."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def visible(text: str) -> str:
    """The text with control characters replaced: a hostile manifest must not send escape sequences to a terminal."""
    return "".join(char if char in "\n\t" or char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
