"""The text of variables: `a-${opt:stage, 'dev'}-b` as parts. What a variable stands for is never parsed again."""

import re
from dataclasses import dataclass

from atoll.errors import UserError

_MAX_DEPTH = 20
_PLAIN = re.compile(r"[^$\\'\",(){}]+")


@dataclass(frozen=True, slots=True)
class Variable:
    """One `${…}`: its sources in the order in which they are asked, each of parts. `text` is what was written."""

    sources: tuple["Parts", ...]
    text: str


Parts = tuple[str | Variable, ...]


def parse(text: str) -> Parts:
    """The parts of a text. Raises UserError `serverless-variable` for a variable that does not end."""
    return _Parser(text).whole() if "${" in text else (text,)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Parts:
        """Text with variables in it."""
        parts: list[str | Variable] = []
        while self.at < len(self.text):
            start = self.text.find("${", self.at)
            if start < 0:
                parts.append(self.text[self.at :])
                break
            if start > self.at:
                parts.append(self.text[self.at : start])
            self.at = start
            parts.append(self.variable(0))
        return tuple(parts)

    def variable(self, depth: int) -> Variable:
        start = self.at
        if depth > _MAX_DEPTH:
            raise UserError("serverless-variable", f"variables nest deeper than {_MAX_DEPTH}")
        self.at += 2
        sources: list[Parts] = []
        while True:
            sources.append(self.source(depth))
            ending = self.text[self.at : self.at + 1]
            self.at += 1
            if ending == "}":
                return Variable(tuple(sources), self.text[start : self.at])
            if not ending:
                hint = "end it with `}`"
                raise UserError("serverless-variable", f"`{self.text[start : start + 60]}` has no end", hint)

    def source(self, depth: int) -> Parts:
        """Up to a comma or the closing brace; neither counts within quotes or parentheses."""
        parts: list[str | Variable] = []
        open_parentheses = 0
        while (char := self.text[self.at : self.at + 1]) and not (char in ",}" and not open_parentheses):
            if self.text.startswith("${", self.at):
                parts.append(self.variable(depth + 1))
                continue
            open_parentheses += (char == "(") - (char == ")")
            parts.append(self.run(char))
        return tuple(parts)

    def run(self, char: str) -> str:
        """The text up to the next character that may mean something; what is quoted as a whole."""
        start = self.at
        closing = self.text.find(char, self.at + 1) if char in "'\"" else -1
        if closing > 0:
            self.at = closing + 1
        else:
            plain = _PLAIN.match(self.text, self.at)
            self.at = plain.end() if plain else self.at + 1
        return self.text[start : self.at]
