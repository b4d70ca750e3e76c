"""The words of a WIT text, one after the other."""

import re
from collections.abc import Callable
from typing import NoReturn

from atoll.errors import UserError

_VERSION = r"@\d+\.\d+\.\d+(?:-[\w-]+(?:\.[\w-]+)*)?(?:\+[\w-]+(?:\.[\w-]+)*)?"
_TOKENS = re.compile(
    rf"""\s*(?:
    (?P<docs>///[^\n]*) | (?P<comment>//[^\n]*)
    | (?P<attribute>@[a-z-]+\((?:"(?:\\.|[^"\\])*"|[^)"])*\))
    | (?P<version>{_VERSION})
    | (?P<name>%?[A-Za-z][A-Za-z0-9-]*) | (?P<number>\d+) | (?P<mark>->|[{{}}()<>,;:=./_])
    )""",
    re.VERBOSE | re.ASCII,
)


class Tokens:
    """Looks at one token and goes on to the next; comments wait for the item that they stand before."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._docs: list[str] = []
        self.kind = self.text = ""
        self.advance()

    def advance(self) -> str:
        """The token's text; from now on the next one is looked at, of the kind `end` behind the last."""
        was = self.text
        while True:
            found = _TOKENS.match(self._text, self._place)
            if found is None:
                if self._text[self._place :].strip():
                    self.refuse()
                self.kind, self.text = "end", ""
                return was
            self._place = found.end()
            self.kind = found.lastgroup or ""
            self.text = found[self.kind]
            if self.kind == "docs":
                self._docs.append(self.text.removeprefix("///").removeprefix(" "))
            elif self.kind not in ("comment", "attribute"):
                return was

    def refuse(self) -> NoReturn:
        """Raises UserError `guest-invalid` with the line."""
        line = self._text.count("\n", 0, self._place)
        shown = self._text.split("\n")[line].strip()
        hint = "a newer atoll may know it"
        raise UserError("guest-invalid", f"line {line + 1} of the component's WIT is not understood: `{shown}`", hint)

    def took(self, *texts: str) -> bool:
        """Whether the token was one of these; it is behind us then."""
        if self.text in texts:
            self.advance()
            return True
        return False

    def take(self, text: str) -> None:
        """Go behind this token."""
        if not self.took(text):
            self.refuse()

    def name(self) -> str:
        """Go behind a name; without its escape."""
        if self.kind != "name":
            self.refuse()
        return self.advance().removeprefix("%")

    def comment(self) -> str:
        """What was said about the item that begins here."""
        docs, self._docs = "\n".join(self._docs), []
        return docs.strip()

    def separated(self, end: str, item: Callable[[], None]) -> None:
        """Items with commas between or behind them, up to the closing mark."""
        while not self.took(end):
            item()
            if not self.took(","):
                self.take(end)
                return
