"""A failed call as a page: complete in itself, for a light or a dark screen, and without a script of its own.

Everything in it may be a stranger's words, so everything is escaped.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path

from atoll.observe.fault.account import PRIVACY, Account, Call, Excerpt, Output, others

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='7' fill='crimson'/%3E%3C/svg%3E"
)
_WORD = re.compile(r"\w+|.")


def page(account: Account, ending: str) -> str:
    """The page; `ending` is HTML that comes last."""
    sections = (
        _section("Where it failed", [] if account.excerpt is None else [_figure(account.excerpt)]),
        _section("What it means", [f"<p>{escape(sentence)}</p>" for sentence in account.advice]),
        _section("Stack", _stack(account)),
        _section("What the guest wrote", _output(account.output)),
        _section("Request", [_request(account)]),
    )
    return "\n".join((_head(account), *sections, f'<p class="faint">{escape(PRIVACY)}</p>\n</main>', ending))


def _head(account: Account) -> str:
    headline, message = account.headline, account.told.message
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(headline)}</title>\n<link rel="icon" href="{_ICON}">\n<style>\n{_style()}</style>\n'
        f'<main>\n<header>\n<p class="status">{escape(account.status)}</p>\n<h1>{escape(headline)}</h1>\n'
        + (f"<p>{escape(message)}</p>\n" if message not in ("", headline) else "")
        + f'<p class="faint">{escape(account.origin)}</p>\n</header>'
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text("utf-8")


def _section(title: str, parts: Iterable[str]) -> str:
    inside = "\n".join(parts)
    return f"<section>\n<h2>{title}</h2>\n{inside}\n</section>" if inside else ""


def _request(account: Account) -> str:
    told = account.told
    facts = (("Asked", f"{told.method} {told.uri}"), ("Accepts", told.accept))
    rows = (f"<dt>{name}</dt><dd><code>{escape(value)}</code></dd>" for name, value in facts)
    return f"<dl>{''.join(rows)}</dl>"


def _stack(account: Account) -> Iterator[str]:
    for own, calls in account.stack:
        listed = "<ol>\n{}\n</ol>".format("\n".join(map(_frame, calls)))
        folds = not own and account.failed_at is not None
        yield f"<details><summary>{others(calls)}</summary>{listed}</details>" if folds else listed


def _frame(call: Call) -> str:
    where = "" if call.where is None else f' <code class="faint">{escape(call.where)}</code>'
    kind = ' class="own"' if call.own else ""
    rows = "" if call.excerpt is None else _rows(call.excerpt)
    return f"<li{kind}><code>{escape(call.function)}</code>{where}{rows}</li>"


def _output(output: list[Output]) -> Iterator[str]:
    """What was written, interrupted by the sources that it names."""
    lines: list[str] = []
    for one in output:
        kind = "stdout" if one.line.source == "stdout" else "stderr"
        lines.append(f'<span class="{kind}">{escape(one.line.text)}</span>')
        if one.excerpts:
            yield _said(lines)
            yield from map(_figure, one.excerpts)
            lines.clear()
    if lines:
        yield _said(lines)


def _said(lines: list[str]) -> str:
    return '<pre class="said">{}</pre>'.format("\n".join(lines))


def _figure(excerpt: Excerpt) -> str:
    return f"<figure><figcaption>{escape(excerpt.where)}</figcaption>{_rows(excerpt)}</figure>"


def _rows(excerpt: Excerpt) -> str:
    rows = (_row(number, text, excerpt) for number, text in excerpt.lines)
    return f"<pre>{''.join(rows)}</pre>"


def _row(number: int, text: str, excerpt: Excerpt) -> str:
    is_marked = number == excerpt.marked
    shown = _marked(text, excerpt.column) if is_marked else escape(text)
    return f'<span class="row{" at" if is_marked else ""}" data-line="{number}">{shown}</span>'


def _marked(text: str, column: int | None) -> str:
    """The text with the word at the column marked."""
    if column is None or not 0 <= column < len(text):
        return escape(text)
    word = _WORD.match(text, column)
    end = word.end() if word else column
    return f"{escape(text[:column])}<mark>{escape(text[column:end])}</mark>{escape(text[end:])}"
