"""What `atoll new` and `atoll add` share: their options, and what they ask on a terminal."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.errors import UserError, visible

if TYPE_CHECKING:
    from atoll.templates.description import Parameter
    from atoll.templates.template import Template

Decorator = Callable[[Any], Any]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ ._-]+[A-Za-z][A-Za-z0-9]*)*")


_OPTIONS: tuple[Decorator, ...] = (
    click.argument("words", metavar="[TEMPLATE] [NAME]", nargs=-1),
    click.option("-t", "--template", metavar="ID", help="The template."),
    click.option("--tag", "tags", metavar="TAG", multiple=True, help="Choose among the templates with this tag."),
    click.option("-o", "--output", type=click.Path(path_type=Path), help="The folder; by default one with the name."),
    click.option("--init", is_flag=True, help="Write into the folder where you are, beside what is there."),
    click.option("-v", "--value", "values", metavar="NAME=VALUE", multiple=True, help="A value of the template."),
    click.option(
        "--values-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Values of the template in a TOML file; --value goes before it.",
    ),
    click.option("-a", "--accept-defaults", is_flag=True, help="Ask for nothing that has a default."),
    click.option("--no-vcs", is_flag=True, help="Make no .gitignore."),
    click.option("--allow-overwrite", is_flag=True, help="Write over files that are there."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The arguments, as they were given."""

    words: tuple[str, ...]
    template: str | None
    tags: tuple[str, ...]
    output: Path | None
    init: bool
    values: tuple[str, ...]
    values_file: Path | None
    accept_defaults: bool
    no_vcs: bool
    allow_overwrite: bool


def with_options(function: Any) -> Any:
    """Declare the shared options on a command."""
    return reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), function)


def chosen(given: Given, *, adds: bool) -> "tuple[Template, str]":
    """The template and the name; what was not given is asked for, on a terminal. Raises UserError."""
    from atoll.templates import store

    if given.init and given.output is not None:
        raise UserError("argument-invalid", "--init and --output name two folders", "give one of them")
    name, template = _told(given)
    found = store.find(template) if template is not None else _picked(given, adds=adds)
    return found, _valid(name if name is not None else _named(given))


def folder(given: Given, name: str) -> Path:
    """Where the new files go."""
    if given.init:
        return Path()
    return given.output if given.output is not None else Path(re.sub(r"[^-_.a-zA-Z0-9]", "_", name))


def values(given: Given) -> dict[str, str]:
    """The values that were given. Raises UserError or Problems."""
    from atoll.cli.values import pairs
    from atoll.templates.values import read_file

    of_file = read_file(given.values_file) if given.values_file is not None else {}
    return {**of_file, **pairs(given.values, "--value")}


def ask(given: Given) -> "Callable[[Parameter], str] | None":
    """How a value is asked for; None where nobody is there to answer."""
    if not _terminal():
        return None

    def asked(parameter: "Parameter") -> str:
        if given.accept_defaults and parameter.default is not None:
            return parameter.default
        return str(
            click.prompt(
                click.style(visible(parameter.prompt), bold=True),
                default=parameter.default,
                type=click.Choice(parameter.allowed_values) if parameter.allowed_values else None,
                value_proc=None if parameter.allowed_values else _fitting(parameter),
                err=True,
            )
        )

    return asked


def _told(given: Given) -> tuple[str | None, str | None]:
    """Name and template, as far as they were given. One word alone is a template if there is one of that id."""
    from atoll.templates import store

    match given.words, given.template:
        case (), template:
            return None, template
        case (word,), None if store.holds(word):
            return None, word
        case (word,), template:
            return word, template
        case (template, word), None:
            return word, template
    raise UserError("argument-invalid", f"unexpected argument `{given.words[-1]}`", "give a template and a name")


def _picked(given: Given, *, adds: bool) -> "Template":
    from atoll.templates import store

    fitting = [one for one in store.known()[0] if one.has_tags(given.tags) and one.makes(component=adds)]
    if not fitting:
        raise UserError(
            "template-unknown", f"no template has the tags {', '.join(given.tags)}", "`atoll templates list` shows all"
        )
    if not _terminal():
        raise UserError(
            "template-value-missing",
            "no template was chosen",
            f"name one with -t, such as -t {fitting[0].id}; `atoll templates list` shows them",
        )
    width = max(len(one.id) for one in fitting)
    for number, one in enumerate(fitting, 1):
        name = click.style(one.id.ljust(width), bold=True)
        click.echo(f"{number:>3}  {name}  {visible(one.description.description)}", err=True)
    ids = {one.id: one for one in fitting}
    return click.prompt(click.style("Template (number or name)", bold=True), value_proc=_one_of(ids), err=True)


def _one_of(ids: "dict[str, Template]") -> "Callable[[str], Template]":
    def converted(text: str) -> "Template":
        numbered = dict(zip(map(str, range(1, len(ids) + 1)), ids.values(), strict=True))
        found = ids.get(text.strip()) or numbered.get(text.strip())
        if found is None:
            raise click.UsageError(f"a number from 1 to {len(ids)}, or a name of the list")
        return found

    return converted


def _named(given: Given) -> str:
    """The name, where none was given: the folder's, or the answer."""
    if given.init or given.output is not None:
        return Path(given.output or "").resolve().name
    if not _terminal():
        raise UserError("template-value-missing", "no name was given", "write it behind the template")
    return str(click.prompt(click.style("Name", bold=True), value_proc=_valid_answer, err=True))


def _valid_answer(text: str) -> str:
    try:
        return _valid(text.strip())
    except UserError as error:
        raise click.UsageError(error.message) from None


def _valid(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UserError(
            "argument-invalid",
            f"`{name}` cannot be a name: its words must have letters and digits, and begin with a letter",
            "choose one such as `my-app`",
        )
    return name


def _fitting(parameter: "Parameter") -> Callable[[str], str]:
    def converted(text: str) -> str:
        wrong = parameter.wrong(text)
        if wrong:
            raise click.UsageError(wrong)
        return text

    return converted


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
