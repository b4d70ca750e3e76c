"""Which tests are chosen: by name, and by an expression of words, `and`, `or`, `not` and parentheses."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from atoll.errors import UserError
from atoll.testing.cases.matching import fits

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<quote>[\"'])(?P<quoted>.*?)(?P=quote)|(?P<word>[^\s()\"']+))")
_WORDS = ("and", "or", "not")

Takes = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Tests whose name is one of these (`*` for any characters), if there are any, and fits the expression.

    Raises UserError `argument-invalid` for an expression that is none.
    """

    names: tuple[str, ...] = ()
    expression: str = ""

    def __post_init__(self) -> None:
        takes(self.expression)

    def takes(self, name: str) -> bool:
        """Whether the test of that name is chosen."""
        named = not self.names or any(fits(one, name) for one in self.names)
        return named and takes(self.expression)(name)


def takes(expression: str) -> Takes:
    """What a name must be like. Words beside each other are one text, which is in the name, in any case of letters.

    Raises UserError `argument-invalid`.
    """
    if not expression.strip():
        return lambda _: True
    reader = _Expression(expression)
    found = reader.either()
    if reader.tokens:
        raise reader.wrong(f"`{reader.tokens[0][1]}` is one too many")
    return found


class _Expression:
    """Reads it from left to right. A token is its kind and its text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.tokens = [*_tokens(text)]
        if "".join(text.split()) != "".join("".join(whole.split()) for _, _, whole in self.tokens):
            raise self.wrong("a quote is not closed")

    def wrong(self, why: str) -> UserError:
        """The error for an expression that is none."""
        hint = "write words, `and`, `or`, `not` and parentheses: 'user and not (found or listed)'"
        return UserError("argument-invalid", f"-k {self._text!r} is no expression: {why}", hint)

    def either(self) -> Takes:
        """One or the other."""
        found = [self._both()]
        while self._took("or"):
            found.append(self._both())
        return lambda name: any(one(name) for one in found)

    def _both(self) -> Takes:
        found = [self._one()]
        while self._took("and"):
            found.append(self._one())
        return lambda name: all(one(name) for one in found)

    def _one(self) -> Takes:
        if self._took("not"):
            negated = self._one()
            return lambda name: not negated(name)
        if self._took("("):
            inner = self.either()
            if not self._took(")"):
                raise self.wrong("a parenthesis is not closed")
            return inner
        words: list[str] = []
        while self.tokens and self.tokens[0][0] == "word":
            words.append(self.tokens.pop(0)[1])
        if not words:
            raise self.wrong(f"a word is missing before `{self.tokens[0][1]}`" if self.tokens else "a word is missing")
        text = " ".join(words).lower()
        return lambda name: text in name.lower()

    def _took(self, mark: str) -> bool:
        if self.tokens and self.tokens[0][:2] == ("mark", mark):
            self.tokens.pop(0)
            return True
        return False


def _tokens(text: str) -> Sequence[tuple[str, str, str]]:
    """Kind, text, and all of it as it is written."""
    found = []
    for match in _TOKEN.finditer(text):
        plain = match["quoted"] if match["quote"] else match["word"]
        is_mark = bool(match["mark"]) or match["word"] in _WORDS
        found.append(("mark" if is_mark else "word", match["mark"] or plain, match[0]))
    return found
