"""The code blocks of a page: language, title, text, and what is said of them where readers do not see it.

A comment right before a block is for the tests: `<!-- given`, and Python that runs before the block, up to `-->`;
`<!-- fails -->` says that its last command ends with an error, `<!-- imported -->` (with or without Python) that the
module which it is can be imported.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support import ROOT

_FENCE = re.compile(r'^```(\w*)(?: title="([^"\n]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!-- (given|fails|imported)\b((?:(?!-->).)*)-->\n+\Z", re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.(?:py|toml))\b")
_SPOKEN = ("text", "console")
"""What is read in a terminal is no file."""


@dataclass(frozen=True)
class Block:
    """One block: page, line of its first line of code, language, title and text, and the comment before it."""

    page: str
    line: int
    language: str
    text: str
    title: str = ""
    word: str = ""
    told: str = ""

    @property
    def place(self) -> str:
        """Where a reader finds it."""
        return f"{self.page}:{self.line}"

    @property
    def given(self) -> str:
        """Python to run before it."""
        return self.told if self.word != "fails" else ""

    @property
    def fails(self) -> bool:
        """Whether its last command is to end with an error."""
        return self.word == "fails"

    @property
    def imported(self) -> bool:
        """Whether it is a module that is to be imported."""
        return self.word == "imported"

    @cached_property
    def file(self) -> str | None:
        """The file that it is: its title, or the first words of a comment in its first line."""
        if self.language in _SPOKEN:
            return None
        named = _FILE.match(self.text)
        return self.title or (named[1] if named else None)

    def write(self, folder: Path) -> None:
        """Put it where its file is."""
        assert self.file is not None
        file = folder / self.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.text, "utf-8")

    def change(self, folder: Path) -> None:
        """Change the file of its title: what stands behind ` ` and `-` is there once, and becomes ` ` and `+`."""
        assert self.file is not None, f"{self.place} does not say which file it changes"
        lines = self.text.splitlines(keepends=True)
        assert all(line[0] in " +-\n" for line in lines), f"{self.place} is no difference"
        old = "".join(line[1:] or line for line in lines if line[0] != "+")
        new = "".join(line[1:] or line for line in lines if line[0] != "-")
        file = folder / self.file
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{self.place} does not fit {self.file}:\n{text}"
        file.write_text(text.replace(old, new), "utf-8")


def blocks(page: str) -> list[Block]:
    """All blocks of a page, by its path in the repository."""
    text = (ROOT / page).read_text("utf-8")
    found = []
    for fence in _FENCE.finditer(text):
        comment = _COMMENT.search(text[: fence.start()])
        word, told = (comment[1], comment[2]) if comment else ("", "")
        line = text.count("\n", 0, fence.start()) + 2
        found.append(Block(page, line, fence[1], fence[3], fence[2] or "", word, told))
    return found
