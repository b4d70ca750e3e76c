"""Text of others as HTML: comments in Markdown, WIT with links. Whatever it says, it is shown and never obeyed."""

import re
from collections.abc import Callable
from functools import cache
from html import escape

from markdown_it import MarkdownIt

_NAME = re.compile(r"[A-Za-z][\w-]*")
_USE = re.compile(r"use ([^{]+)\.\{(.+)\}")
_BUILT_IN = {"list", "option", "result", "tuple", "borrow", "map", "future", "stream"}

Link = Callable[[str], str | None]
"""Where something is described, by its name."""


def prose(docs: str) -> str:
    """A comment. HTML in it is text, and nothing is loaded from elsewhere."""
    return str(_markdown().render(docs)) if docs else ""


def sentence(docs: str) -> str:
    """The first sentence of a comment, in one line."""
    first = re.split(r"(?<=[.!?])\s|\n\s*\n", docs.strip(), maxsplit=1)[0]
    return str(_markdown().renderInline(" ".join(first.split())))


def signature(text: str, link: Link, page: Link) -> str:
    """One line of WIT: names of types lead to them, those of interfaces to their pages."""
    used = _USE.fullmatch(text)
    if used:
        return f'use {_linked(used[1], page(used[1]))}.{{<span class="name">{escape(used[2])}</span>}}'
    made, at = list[str](), 0
    for found in _NAME.finditer(text):
        made.append(escape(text[at : found.start()]))
        made.append(_word(found[0], text[found.end() : found.end() + 1], link))
        at = found.end()
    return "".join([*made, escape(text[at:])])


def _word(word: str, follows: str, link: Link) -> str:
    # What stands before a colon is the name of a function, parameter or field.
    if follows == ":":
        return f'<span class="name">{word}</span>'
    if word in _BUILT_IN and follows == "<":
        return word
    return _linked(word, link(word))


def _linked(text: str, target: str | None) -> str:
    return escape(text) if target is None else f'<a href="{escape(target)}">{escape(text)}</a>'


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
