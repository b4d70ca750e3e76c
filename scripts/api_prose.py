"""Docstrings as Markdown: parameters become a list, errors a paragraph, names of entries and error codes links."""

import re
from collections.abc import Mapping

import griffe
from scripts import api_stubs as stubs

from atoll.errors import CODES

_SENTENCE = r"(?:^|(?<=\. )|(?<=\.\) ))"
_RAISES = re.compile(_SENTENCE + r"(?=Raises )")
_PARAMETERS = re.compile(_SENTENCE + r"(\w+(?:, \w+)*): ")


class Prose:
    """The docstrings of one page. `links` are those of all entries by name, as the page sees them."""

    def __init__(self, links: Mapping[str, str]) -> None:
        self._links = links

    def of(self, item: griffe.Object) -> list[str]:
        """What the docstring says, in lines."""
        names, lines = _names(item), list[str]()
        for paragraph in re.split(r"\n\s*\n", item.docstring.value if item.docstring else ""):
            if paragraph.startswith("    "):
                lines += _code(paragraph)
            else:
                lines += self._paragraph(" ".join(paragraph.split()), names)
        return lines

    def linked(self, text: str) -> str:
        """With links where backticks hold the name of an entry, or a code."""
        return re.sub(r"`(?:atoll\.)?([A-Za-z_][\w.-]*)(?:\(\))?`", self._link, text)

    def _link(self, found: re.Match[str]) -> str:
        link = "../errors.md" if found[1] in CODES else self._links.get(found[1])
        return found[0] if link is None else f"[{found[0]}]({link})"

    def _paragraph(self, text: str, names: set[str]) -> list[str]:
        lines: list[str] = []
        for part in filter(None, (part.strip() for part in _RAISES.split(text))):
            if part.startswith("Raises "):
                lines += [self.linked(self._errors(part)), ""]
            else:
                lines += [*map(self.linked, _listed(part, names)), ""]
        return lines

    def _errors(self, text: str) -> str:
        """Errors are named without backticks."""
        return re.sub(
            r"(?<!`)\b[A-Z]\w+\b(?!`)", lambda word: f"`{word[0]}`" if word[0] in self._links else word[0], text
        )


def first_sentence(item: griffe.Object) -> str:
    """That of its docstring."""
    text = " ".join((item.docstring.value if item.docstring else "").split("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z`])", text)[0].removesuffix(":")


def _code(paragraph: str) -> list[str]:
    text = "\n".join(line.removeprefix("    ") for line in paragraph.splitlines())
    return ["```python" if "atoll" in text else "```toml", text, "```", ""]


def _names(item: griffe.Object) -> set[str]:
    """Parameters, or what a class has and is made with."""
    if isinstance(item, griffe.Function):
        return {one.name for one in item.parameters}
    if not isinstance(item, griffe.Class):
        return set()
    made = item.members.get("__init__")
    parameters = made.parameters if isinstance(made, griffe.Function) else ()
    return {one.name for one in (*parameters, *stubs.fields(item), *stubs.kept(item))}


def _listed(text: str, names: set[str]) -> list[str]:
    """A list, if the text tells what each parameter is."""
    found = [match for match in _PARAMETERS.finditer(text) if set(match[1].split(", ")) <= names]
    if not found or found[0].start() > 0:
        return [text]
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [
        f"* {', '.join(f'`{name}`' for name in match[1].split(', '))}: {text[match.end() : end].strip()}"
        for match, end in zip(found, ends, strict=True)
    ]
