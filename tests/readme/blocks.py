"""The code blocks of a page, with what is said of them where readers do not see it.

A comment right before a block is for the tests: `<!-- given` and Python that runs before the block, up to `-->`;
`<!-- file NAME -->` writes the block to that file, `<!-- more of NAME -->` puts it at the file's end.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support import ROOT

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!-- (given|file|more of)\b((?:(?!-->).)*)-->\n+\Z", re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.(?:py|toml))\b")


@dataclass(frozen=True)
class Block:
    """One block: the page, the line of its first line of code, its language and text, and the comment before it."""

    page: str
    line: int
    language: str
    text: str
    word: str = ""
    told: str = ""

    @property
    def place(self) -> str:
        """Where a reader finds it."""
        return f"{self.page}:{self.line}"

    @property
    def given(self) -> str:
        """Python to run before it."""
        return self.told if self.word == "given" else ""

    @cached_property
    def file(self) -> str | None:
        """The file that it is: as the comment before it says, or its own first line."""
        if self.word in ("file", "more of"):
            return self.told.strip()
        named = _FILE.match(self.text)
        return named[1] if named else None

    def write(self, folder: Path) -> Path:
        """Put it where its file is."""
        assert self.file is not None
        file = folder / self.file
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text("utf-8") if self.word == "more of" else ""
        file.write_text(before + self.text, "utf-8")
        return file


def blocks(page: str) -> list[Block]:
    """All blocks of a page, by its path in the repository."""
    text = (ROOT / page).read_text("utf-8")
    found = []
    for fence in _FENCE.finditer(text):
        comment = _COMMENT.search(text[: fence.start()])
        word, told = (comment[1], comment[2]) if comment else ("", "")
        line = text.count("\n", 0, fence.start()) + 2
        found.append(Block(page, line, fence[1], fence[2], word, told))
    return found
