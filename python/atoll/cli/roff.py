"""Manual pages in roff, made from the commands themselves."""

import os
import re
import time
from collections.abc import Iterator
from inspect import cleandoc

import click

from atoll import __version__

EXIT_CODES = (
    ("0", "Done."),
    ("1", "The user can mend it."),
    ("2", "The fault is atoll's or the machine's."),
)
_AS_IT_IS = "\b\n"
_CODE = re.compile(r"`([^`]+)`")


def page(context: click.Context) -> str:
    """The manual page of a context's command, for `man`."""
    return "\n".join([*_head(context), *_body(context), *_foot(context)]) + "\n"


def name(context: click.Context) -> str:
    """What the page is called: `atoll-toolchain-install`."""
    return context.command_path.replace(" ", "-")


def _head(context: click.Context) -> Iterator[str]:
    command = context.command
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    yield f'.TH {_text(name(context)).upper()} 1 {date} "atoll {__version__}" "atoll"'
    yield ".SH NAME"
    yield f"{_text(name(context))} \\- {_text(command.get_short_help_str(200).rstrip('.'))}"
    yield ".SH SYNOPSIS"
    yield f".B {_text(context.command_path)}"
    yield _text(" ".join(command.collect_usage_pieces(context)))


def _body(context: click.Context) -> Iterator[str]:
    command = context.command
    yield ".SH DESCRIPTION"
    yield from _paragraphs(command.help or "")
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None, "a listed command is there"
            yield from _item(f"\\fB{_text(each)}\\fR", below.get_short_help_str(200))
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    yield ".SH OPTIONS"
    for option in options:
        record = option.get_help_record(context)
        if record is not None:
            yield from _item(f"\\fB{_text(record[0])}\\fR", record[1])
    variables = [(each, option) for option in options for each in _variables(option)]
    if variables:
        yield ".SH ENVIRONMENT"
        for each, option in variables:
            yield from _item(f"\\fB{_text(each)}\\fR", f"Stands for {option.opts[-1]}, which wins over it.")


def _foot(context: click.Context) -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for code, meaning in EXIT_CODES:
        yield from _item(f"\\fB{code}\\fR", meaning)
    if context.command.epilog:
        yield ".SH EXAMPLES"
        yield from _as_it_is([line.strip() for line in cleandoc(context.command.epilog).split("\n")[2:]])
    related = [context.parent] if context.parent is not None else []
    pages = [f"\\fB{_text(name(each))}\\fR(1)" for each in related]
    if isinstance(context.command, click.Group):
        pages += [f"\\fB{_text(f'{name(context)}-{each}')}\\fR(1)" for each in context.command.list_commands(context)]
    if pages:
        yield ".SH SEE ALSO"
        yield ",\n".join(pages)


def _variables(option: click.Option) -> list[str]:
    return [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or [])


def _paragraphs(text: str) -> Iterator[str]:
    for index, paragraph in enumerate(cleandoc(text).split("\n\n")):
        if index:
            yield ".PP"
        if paragraph.startswith(_AS_IT_IS):
            yield from _as_it_is(paragraph.removeprefix(_AS_IT_IS).split("\n"))
        else:
            yield _text(" ".join(paragraph.split()))


def _as_it_is(lines: list[str]) -> Iterator[str]:
    yield ".nf"
    yield from (_text(line) for line in lines)
    yield ".fi"


def _item(head: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield head
    yield _text(" ".join(text.split()))


def _text(text: str) -> str:
    """The text as roff shows it, what stands between backticks in bold; a dot or quote that begins a line is none."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    marked = _CODE.sub(r"\\fB\1\\fR", plain).replace("`", "\\(ga").replace("~", "\\(ti").replace("^", "\\(ha")
    return f"\\&{marked}" if marked.startswith(".") else marked
